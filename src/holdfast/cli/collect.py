"""``holdfast collect``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import open_project

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="0 picks a free one.")]


def collect(
    host: Annotated[
        str | None, typer.Option(help="Address; another than loopback needs HOLDFAST_API_KEY.")
    ] = None,
    http_port: Port = None,
    grpc_port: Port = None,
) -> None:
    """Take spans, metrics and logs in by OTLP, over HTTP and gRPC; answer nothing."""
    from holdfast.server.collect import collect as run

    with open_project() as project:
        settings = project.settings.collect
        run(
            project,
            host=project.settings.server.host if host is None else host,
            http_port=settings.http_port if http_port is None else http_port,
            grpc_port=settings.grpc_port if grpc_port is None else grpc_port,
        )
