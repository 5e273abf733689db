"""Small projects for the tests that try to break them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from holdfast.bootstrap import init_project, open_project
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.project import Project
from holdfast.store.lake import corpus
from holdfast.store.lake.sethash import SetHash
from holdfast.store.ledger.as_of import View


def document(text: str) -> Document:
    """A Markdown document."""
    source = text.encode()
    return Document(digest_bytes(source), "text/markdown", source)


@cache
def template() -> Path:
    """A project with its three starter documents in and its release deployed, at tick 5."""
    scratch = Path(tempfile.mkdtemp(prefix="holdfast-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    with init_project(scratch / "project") as project:
        project.ingest()
        project.deploy()
    return scratch / "project"


def started(folder: Path) -> Project:
    """A copy of the template, open."""
    shutil.copytree(template(), folder)
    return open_project(folder)


def recomputed(view: View) -> str:
    """The corpus digest, computed from the live documents alone."""
    total = SetHash.empty()
    for entry in view.scan("documents"):
        total = total.add([entry.key, entry.value["document"]])
    return total.digest


def live(project: Project, *, at: str | None = None) -> dict[str, str]:
    """Path -> document digest."""
    return {entry["path"]: entry["document"] for entry in project.documents(at=at)}


def sound(project: Project) -> None:
    """The corpus digest of every environment's head is that of its live documents."""
    for head in project.environments().values():
        view = View(project._system.ledger, head.cut)
        assert corpus.state(view).digest == recomputed(view), head
