"""The ``holdfast`` command."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from holdfast.cli.commands import COMMANDS
from holdfast.cli.options import FOLDER
from holdfast.domain.version import VERSION
from holdfast.errors import HoldfastError

INTERRUPTED = 130
"""What typer ends with when Ctrl-C was pressed."""
YOUNG = 50_000
"""Objects between two looks for garbage: importing makes many, and none of them is garbage."""


class Loaded(Mapping[str, Any]):
    """The commands by name, each imported and built when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        return _built(name)

    def __iter__(self) -> Iterator[str]:
        return (listed.name for listed in COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Commands(TyperGroup):
    """All commands; to list them, or to run one, the others are not imported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = Loaded()

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        loaded = self.commands
        self.commands = {
            listed.name: TyperCommand(listed.name, help=listed.help, rich_help_panel=listed.panel)
            for listed in COMMANDS
        }
        try:
            super().format_help(ctx, formatter)
        finally:
            self.commands = loaded


@cache
def _built(name: str) -> Any:
    found = {listed.name: listed for listed in COMMANDS}[name].load()
    command: Any
    if isinstance(found, typer.Typer):
        # Not ``get_command``, which would offer to complete a program of this name.
        command = get_group(found)
    else:
        alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
        alone.command(name)(found)
        command = get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="holdfast",
    cls=Commands,
    help="Keeps an AI application behaving like itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"holdfast {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    folder: Annotated[
        Path | None, typer.Option("--project", "-C", help="Folder to look for the project from.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    FOLDER[:] = [folder] if folder is not None else []


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error, never a traceback."""
    gc.set_threshold(YOUNG)
    try:
        app(prog_name="holdfast")
    except HoldfastError as e:
        if "--json" in sys.argv:
            from holdfast.cli.output import print_json

            error = {"code": e.code, "message": str(e)}
            print_json({"error": {**error, "decision": e.decision} if e.decision else error})
        else:
            recorded = f" (recorded as {e.decision})" if e.decision else ""
            print(f"holdfast: {e}{recorded}", file=sys.stderr)
        sys.exit(e.exit_code)
    except SystemExit as e:
        if e.code == INTERRUPTED:
            print("holdfast: interrupted; what was acknowledged is kept", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
