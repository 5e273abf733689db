"""A real project that commands read, made once per module, and one to change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import holdfast
from tests.support.project import SHOES
from tests.support.terminal import Call, caller


def make(folder: Path) -> Path:
    """The starter project with two conversations, a verdict and a snapshot."""
    with holdfast.init(folder) as project:
        project.ingest()
        project.deploy(reason="opening day")
        decision = project.ask(SHOES, session="s1")
        project.feedback(decision.id, "up")
        project.snapshot("calm")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is only read."""
    return make(tmp_path_factory.mktemp("cli") / "support")


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """A project of the test's own."""
    return Path(shutil.copytree(folder, tmp_path / "support"))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    return caller(capsys, monkeypatch)
