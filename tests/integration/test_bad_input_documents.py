"""Documents that cannot be read are put aside with a reason; everything else goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.errors import LimitError, SettingsError, UsageError
from holdfast.pipeline import scan
from holdfast.project import Project
from tests.support.crash_world import document, live, sound, started

GOOD = b"# Good\n\nA document about the marmot.\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with started(tmp_path / "project") as project:
        yield project
        sound(project)


@pytest.fixture
def folder(project: Project) -> Path:
    return project.root / "documents"


def put(folder: Path, name: bytes, data: bytes = GOOD) -> None:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
        file.write(data)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        (b"empty.md", b"", "empty document"),
        (b"blank.md", b" \n\n ", "empty document"),
        (b"binary.md", bytes(range(256)) * 20, "only text, HTML, PDF and docx"),
        (b"picture.md", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "image/png"),
        (b"broken.pdf", b"%PDF-1.7\nnothing", "broken PDF"),
        (b"broken.docx", b"PK\x03\x04nothing", "unpack it"),
        (b"huge.md", b"x" * ((1 << 20) + 1), "more than the limit of 1048576"),
        (b"caf\xe9.md", GOOD, "its name is not UTF-8; rename it"),
        (b"nul.md", b"# A\n\n" + b"\x00text" * 50, "octet-stream"),
    ],
)
def test_a_bad_document_is_put_aside_and_the_rest_comes_in(
    project: Project, folder: Path, name: bytes, data: bytes, reason: str
) -> None:
    project._system.settings.__dict__["documents"] = project.settings.documents.model_copy(
        update={"max_megabytes": 1}
    )
    put(folder, name, data)
    put(folder, b"good.md")
    done = project.ingest(sync=True)
    ((path, said),) = done.quarantined
    assert path.encode() == name or path == "caf\\xe9.md"
    assert reason in said
    assert "\n" not in said
    assert done.added == ("good.md",)
    assert len(live(project)) == 4
    assert project.retrieve("marmot").passages[0].path == "good.md"
    # Nothing new is tried or told twice.
    tick = project.head().tick
    assert project.ingest(sync=True).quarantined == done.quarantined
    assert project.head().tick == tick


@pytest.mark.parametrize(
    "name",
    ["line\nbreak.md", "a b  c .md", "😀🚀.md", "-rf.md", "tab\t.md", "quote'\".md", "e\u0301.md"],
)
def test_odd_names_are_kept(project: Project, folder: Path, name: str) -> None:
    put(folder, name.encode())
    assert project.ingest().added == (name,)
    assert project.retrieve("marmot").passages[0].path == name
    (folder / name).unlink()
    assert project.ingest(sync=True).removed == (name,)


def test_a_very_long_name_is_kept(project: Project, folder: Path) -> None:
    deep = folder / ("d" * 200) / ("e" * 200)
    deep.mkdir(parents=True)
    put(deep, b"f" * 250 + b".md")
    (name,) = project.ingest().added
    assert len(name) == 655
    assert project.retrieve("marmot").passages[0].path == name


def test_what_is_no_file_is_passed_by(project: Project, folder: Path) -> None:
    """Pipes, devices, loops and links to nowhere: nothing hangs."""
    os.mkfifo(folder / "pipe.md")
    (folder / "loop.md").symlink_to("other.md")
    (folder / "other.md").symlink_to("loop.md")
    (folder / "self").symlink_to(folder)
    (folder / "nowhere.md").symlink_to("/nonexistent/nowhere.md")
    (folder / "zero.md").symlink_to("/dev/zero")
    (folder / "folder.md").mkdir()
    done = project.ingest(sync=True)
    assert (done.added, done.removed, done.quarantined) == ((), (), ())
    assert done.unchanged == 3


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, b"a.md")
    swap_after_scan(monkeypatch, lambda: ((folder / "a.md").unlink(), os.mkfifo(folder / "a.md")))
    assert project.ingest().quarantined == (("a.md", "it is no regular file"),)


def test_a_file_that_vanishes_before_it_is_read_is_put_aside(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap_after_scan(monkeypatch, (folder / "returns.md").unlink)
    before = live(project)
    done = project.ingest(sync=True)
    assert done.quarantined == (("returns.md", "cannot be read: No such file or directory"),)
    assert live(project) == before
    monkeypatch.undo()
    assert project.ingest(sync=True).removed == ("returns.md",)
    put(folder, b"a.md")
    swap_after_scan(monkeypatch, (folder / "a.md").unlink)
    assert project.ingest(sync=True).quarantined
    monkeypatch.undo()
    done = project.ingest(sync=True)
    assert (done.removed, done.quarantined) == ((), ())
    assert project.queue(status="quarantined") == []


def test_a_folder_in_a_files_place_is_told(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap_after_scan(
        monkeypatch, lambda: ((folder / "returns.md").unlink(), (folder / "returns.md").mkdir())
    )
    ((path, reason),) = project.ingest().quarantined
    assert path == "returns.md"
    assert "directory" in reason.lower()


def swap_after_scan(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Do something between the look at a folder and the reading of its files."""
    from holdfast.operations import ingest

    original = scan.scan

    def scanned(*args, **kwargs):
        found = original(*args, **kwargs)
        act()
        return found

    monkeypatch.setattr(ingest, "scan", scanned)


def test_a_file_that_was_put_aside_comes_in_when_it_is_mended(
    project: Project, folder: Path
) -> None:
    put(folder, b"a.md", b"")
    assert project.ingest().quarantined
    put(folder, b"a.md")
    assert project.ingest().added == ("a.md",)
    put(folder, b"a.md", b"")
    assert project.ingest().quarantined
    assert project.ingest().quarantined
    assert live(project)["a.md"] == document(GOOD.decode()).digest
    put(folder, b"a.md")
    assert project.ingest().quarantined == ()
    assert {item.status for item in project.queue()} == {"committed"}


def test_a_folder_that_cannot_be_seen_into_removes_nothing(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "inner").mkdir()
    put(folder / "inner", b"a.md")
    project.ingest()
    before, tick = live(project), project.head().tick
    scandir = os.scandir

    def refusing(path="."):
        if os.fspath(path).endswith("inner"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(UsageError, match=r"inner' cannot be read \(Permission denied\)"):
        project.ingest(sync=True)
    assert (live(project), project.head().tick) == (before, tick)


@pytest.mark.parametrize("source", ["nowhere", "pipe", "loop"])
def test_a_source_that_is_none_is_named(project: Project, tmp_path: Path, source: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    tick = project.head().tick
    with pytest.raises(UsageError, match=f"{source}' is neither a file nor a folder"):
        project.ingest(tmp_path / source)
    assert project.head().tick == tick


@pytest.mark.parametrize("pattern", ["/etc/*", "", "a**b/**c"])
def test_a_pattern_that_is_none_is_named(project: Project, pattern: str) -> None:
    with pytest.raises(SettingsError, match=r"documents\.include"):
        scan.scan(project.root / "documents", include=(pattern,))


@pytest.mark.parametrize("path", ["", "a\0b", "\udce9.md"])
def test_a_path_that_cannot_be_stored_is_refused_whole(project: Project, path: str) -> None:
    before, tick = live(project), project.head().tick
    with pytest.raises(UsageError):
        project.enqueue([("good.md", document("good")), (path, document("bad"))])
    with pytest.raises(UsageError):
        project.enqueue([("a.md", document("one")), ("a.md", document("two"))])
    assert (live(project), project.head().tick) == (before, tick)


def test_a_question_that_cannot_be_asked_is_refused(project: Project) -> None:
    tick = project.head().tick
    for question in ("", "  \n", "\udce9"):
        with pytest.raises(UsageError):
            project.ask(question)
        with pytest.raises(UsageError):
            project.retrieve(question)
    with pytest.raises(UsageError):
        project.show("\udce9")
    with pytest.raises(UsageError):
        project.ask("How long may I return something?", at="\udce9")
    with pytest.raises(LimitError):
        project.ask("x" * 100_000)
    for session in ("a b", "x" * 1000, "a/b", "\n"):
        with pytest.raises(UsageError):
            project.ask("How long may I return something?", session=session)
    assert project.head().tick == tick
