"""Make a project folder."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from holdfast.errors import UsageError
from holdfast.pipeline.prompt import DEFAULT_PROMPT
from holdfast.settings import FILE

SLOS = "slos/answers.yaml"


def init(folder: Path) -> Path:
    """Write the starter files into a new or empty folder; returns it, resolved.

    Raises ``UsageError`` when there is something in it already.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{str(folder)!r} is not empty; give a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    _copy(files("holdfast.operations") / "starter", folder)
    (folder / "prompts").mkdir()
    (folder / "prompts" / "answer.md").write_text(DEFAULT_PROMPT, encoding="utf-8")
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.name.lower()).strip("-._") or "app"
    for file in (folder / FILE, folder / SLOS):
        file.write_text(file.read_text().replace("NAME", name[:63]), encoding="utf-8")
    (folder / ".gitignore").write_text(".holdfast/\n", encoding="utf-8")
    return folder


def _copy(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        place = target / entry.name
        if entry.is_dir():
            place.mkdir(exist_ok=True)
            _copy(entry, place)
        else:
            place.write_bytes(entry.read_bytes())
