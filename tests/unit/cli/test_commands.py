from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from holdfast.cli.commands import COMMANDS, Listed
from holdfast.cli.main import app


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_the_list_says_what_the_command_says(listed: Listed) -> None:
    command = get_command(app).commands[listed.name]  # type: ignore[attr-defined]
    assert command.name == listed.name
    assert command.get_short_help_str(1_000) == listed.help


def test_no_name_is_listed_twice() -> None:
    assert len({listed.name for listed in COMMANDS}) == len(COMMANDS)


def test_listing_imports_no_command() -> None:
    script = (
        "import sys; from holdfast.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n == 'holdfast.cli.ask' or n == 'numpy'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "blast-radius" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
