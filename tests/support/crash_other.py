"""Another process that has the same project open and does what it is told, call by call.

python crash_other.py PROJECT reads a method of ``Project`` with its arguments per line (JSON) and
answers with a line of its own.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from holdfast.bootstrap import open_project
from holdfast.errors import HoldfastError


class Other:
    """The other process, as its parent sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """What the method returned there, as JSON; an error is returned as its name and text."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([method, args, kwargs]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def other(folder: Path) -> Iterator[Other]:
    """A process that has the project open, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Other(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


def plain(value: Any) -> Any:
    """A result as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def main() -> None:
    with open_project(Path(sys.argv[1])) as project:
        for line in sys.stdin:
            method, args, kwargs = json.loads(line)
            try:
                result = plain(getattr(project, method)(*args, **kwargs))
            except HoldfastError as e:
                result = {"error": type(e).__name__, "message": str(e)}
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
