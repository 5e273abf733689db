"""A process that erases a session and says what it is about to do, until it is killed.

python eraser.py ROOT SESSION
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from holdfast.bootstrap import open_project
from holdfast.operations.erase.erase import Erasures
from holdfast.operations.erase.subject import Subject


def main() -> None:
    with open_project(Path(sys.argv[1])) as project:
        subject = Subject.of(session=sys.argv[2])
        Erasures(project.system).erase(subject, progress=tell)
    tell("done")


def tell(what: str) -> None:
    os.write(1, f"{what}\n".encode())


if __name__ == "__main__":
    main()
