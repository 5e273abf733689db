"""The command line within this process: what it prints, and how it ends."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdfast.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str


def holdfast(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> Ended:
    """Run a command on a project; an exception that gets through is a traceback for the user."""
    capsys.readouterr()
    before = sys.argv
    sys.argv = ["holdfast", "-C", str(root), *words]
    try:
        main()
        code = 0
    except SystemExit as e:
        code = int(e.code or 0)
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    return Ended(code, captured.out, captured.err)


def one_line(ended: Ended) -> str:
    """The only line of a failed command, behind ``holdfast:``."""
    assert ended.code > 0
    assert ended.out == ""
    assert ended.error.startswith("holdfast: ")
    assert ended.error.count("\n") == 1
    assert ended.error.endswith("\n")
    return ended.error.removeprefix("holdfast: ").strip()
