"""The command line as people use it: in this process, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli.main import main


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Ended]
"""``call("ask", "Why?", "--json")``; ``fails=3`` when it should end so, ``None``: anyhow."""


def caller(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run ``holdfast`` in this process, through ``main`` as the script does."""

    def call(*words: str, fails: int | None = 0) -> Ended:
        monkeypatch.setattr(sys, "argv", ["holdfast", *words])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 1
        ended = Ended(code, *capsys.readouterr())
        assert fails is None or ended.code == fails, ended
        assert "Traceback" not in ended.err
        return ended

    return call


def process(*words: str, cwd: Path, **environment: str) -> Ended:
    """Run ``holdfast`` as a process of its own."""
    kept = {"PATH": os.environ.get("PATH", ""), "HOLDFAST_ACTOR": "tester"}
    done = subprocess.run(
        [sys.executable, "-m", "holdfast.cli.main", *words],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
