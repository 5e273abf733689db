"""``holdfast serve``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import open_project


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address; another than loopback needs HOLDFAST_API_KEY.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Take OTLP in by gRPC too, here; 0 picks a free one."),
    ] = None,
) -> None:
    """Answer over HTTP: OpenAI-compatible, REST, health and metrics."""
    from holdfast.server.serve import serve as run

    with open_project() as project:
        settings = project.settings.server
        run(
            project,
            host=settings.host if host is None else host,
            port=settings.port if port is None else port,
            grpc_port=grpc_port,
        )
