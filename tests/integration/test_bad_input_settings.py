"""Broken settings, policies and prompts: one line that says where, and nothing changes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from holdfast.domain.digest import digest
from holdfast.errors import EmbedderMismatchError
from holdfast.operations.build import build
from holdfast.store.releases import catalog
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_world import started


@pytest.fixture
def root(tmp_path: Path) -> Path:
    started(tmp_path / "project").close()
    return tmp_path / "project"


def ledger(root: Path) -> tuple[int, str]:
    """Where everything is: the newest tick and the release that answers."""
    with open_project(root) as project:
        return project.head().tick, project.deployed()


def damaged(root: Path, file: str, old: str, new: str | bytes) -> None:
    """Replace a piece of a file (all of it if ``old`` is empty)."""
    path = root / file
    if isinstance(new, bytes):
        path.write_bytes(new)
    else:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new) if old else new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "[project\nname = 1", r"not valid TOML: .*line 1, column 9"),
        ("", "[project]\nname = 3\n", r":2: project\.name: .*3"),
        ("passages = 6", "passages = 0", r":\d+: retrieval\.passages: .*0"),
        ("passages = 6", "passagez = 6", r":\d+: retrieval\.passagez: unknown key"),
        ("passages = 6", 'passages = "six"', r":\d+: retrieval\.passages: .*'six'"),
        ("[guard]", "[gaurd]", r":\d+: gaurd: unknown key"),
        ('kind = "wordllama"', 'kind = "nope"', r":\d+: embedder\.kind: .*'nope'"),
        ('chain = ["answer"]', "chain = []", r":\d+: prompt\.chain"),
        ("", b"\xff\xfe\x00", r"cannot be read: 'utf-8'"),
    ],
)
def test_broken_settings_are_placed(
    root: Path, capsys: pytest.CaptureFixture[str], old: str, new: str | bytes, said: str
) -> None:
    before = ledger(root)
    good = (root / "holdfast.toml").read_bytes()
    damaged(root, "holdfast.toml", old, new)
    for command in ("deploy", "ingest", "documents", "log"):
        line = one_line(holdfast(capsys, root, command))
        assert re.search(r"holdfast\.toml.*" + said, line), line
    (root / "holdfast.toml").write_bytes(good)
    assert ledger(root) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('chain = ["answer"]', 'chain = ["missing"]', r"prompts/missing\.md: there is no such"),
        ('"policies.toml"', '"polices.toml"', r"polices\.toml: there is no such file"),
        ("max_characters = 800", "max_characters = 100\noverlap = 99", r"preprocessing\.overlap"),
        ('kind = "extractive"', 'kind = "openai"', r"model\.kind 'openai' needs"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    root: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    before = ledger(root)
    damaged(root, "holdfast.toml", old, new)
    assert re.search(said, one_line(holdfast(capsys, root, "deploy")))
    damaged(root, "holdfast.toml", new, old)
    assert ledger(root) == before


@pytest.mark.parametrize(
    ("file", "new", "said"),
    [
        ("policies.toml", "[[rules]\n", r"policies\.toml: no valid TOML: .*line 1, column 8"),
        ("policies.toml", '[[rules]]\nid = "x"\nkind = "magic"\n', r"policies\.toml:3: kind"),
        ("policies.toml", b"\xff", r"policies\.toml: cannot be read"),
        ("prompts/answer.md", "", r"prompts/answer\.md:1: "),
        ("prompts/answer.md", "## user\n{{ question }", r"answer\.md:2: unexpected '}'"),
        ("prompts/answer.md", "## user\n\n{{ nope }}", r"answer\.md:3: no variable 'nope'"),
        ("prompts/answer.md", "## user\n{{ ''.__class__ }}", r"answer\.md:2: .*unsafe"),
        ("prompts/answer.md", "## user\n" + "x" * 200_000, r"answer\.md: \d+ characters"),
        ("prompts/answer.md", b"\xff", r"answer\.md: cannot be read"),
    ],
)
def test_broken_policies_and_prompts_are_placed(
    root: Path, capsys: pytest.CaptureFixture[str], file: str, new: str | bytes, said: str
) -> None:
    before = ledger(root)
    damaged(root, file, "", new)
    assert re.search(said, one_line(holdfast(capsys, root, "deploy")))
    assert ledger(root) == before
    # What is deployed goes on answering.
    assert holdfast(capsys, root, "ask", "How long may I return something?").code == 0


@pytest.mark.parametrize("file", ["policies.toml", "prompts/answer.md"])
@pytest.mark.parametrize("put", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_file_is_told(
    root: Path, capsys: pytest.CaptureFixture[str], file: str, put
) -> None:
    (root / file).unlink()
    put(root / file)
    if (root / file).is_symlink() and file == "policies.toml":
        return  # as good as missing, and rules may be missing
    line = one_line(holdfast(capsys, root, "deploy"))
    assert f"{file}: there is no such file" in line


@pytest.mark.parametrize("path", ["/proc/nowhere", "holdfast.toml"])
def test_a_storage_folder_that_cannot_be_made_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    settings = root / "holdfast.toml"
    settings.write_text(settings.read_text() + f'\n[storage]\npath = "{path}"\n')
    line = one_line(holdfast(capsys, root, "documents"))
    assert line.startswith("cannot make")
    assert path in line


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("@0", "the nearest is @1"),
        ("@99999", "the nearest is @5"),
        ("t9@3", "no moment 't9@3'"),
        ("producton", "did you mean 'production'?"),
        ("~99", "the oldest is ~4"),
        ("1999-01-01", "known are "),
        ("in 3 hours", "which is yet to come; known are "),
        ("nonsense", "a moment is a tick (@1 to @5)"),
        ("d-ffffffffffff", "a moment is a tick"),
        ("", "no moment ''"),
    ],
)
def test_a_moment_that_does_not_exist_names_the_nearest(
    root: Path, capsys: pytest.CaptureFixture[str], moment: str, said: str
) -> None:
    before = ledger(root)
    for command in (("rollback", "--to", moment), ("documents", "--at", moment)):
        assert said in one_line(holdfast(capsys, root, *command))
    assert ledger(root) == before


def test_another_embedder_is_refused(root: Path) -> None:
    """A release whose embedder is not the one at hand neither answers nor is deployed."""
    with open_project(root) as project:
        system = project._system
        components = build(system)
        components["embedder"] = {**components["embedder"], "weights": "0" * 64}
        name = catalog.save(components, blobs=system.blobs).digest
        with pytest.raises(EmbedderMismatchError, match="install that embedder"):
            project.runtime(name)
        search = system.search(project.runtime(project.deployed()).space)
        assert search.space.embedder != digest(components["embedder"])
