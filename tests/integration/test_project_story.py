"""A project on its real stores: closed and opened, shared, taken back, cleaned."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import holdfast
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import StateError
from holdfast.project import Project
from tests.support.project import SHOES
from tests.support.server import change, made

STUDENTS = "How large is the student discount?"
WEEKEND = "# Weekend\n\nThis weekend the student discount is 25 % on everything.\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter project, documents in and deployed; copied by each test."""
    folder = tmp_path_factory.mktemp("story") / "support"
    made(folder, storage="grace_minutes = 0").close()
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "support"))


def bring(project: Project, path: str, text: str) -> None:
    (project.root / "documents" / path).write_text(text)
    project.ingest()


def test_a_project_goes_on_where_it_was_closed(folder: Path) -> None:
    with holdfast.open(folder) as project:
        first = project.ask(STUDENTS, session="s1")
    with holdfast.open(folder / "documents") as project:
        assert project.ingest().unchanged == 3
        again = project.ask(STUDENTS)
        later = project.ask("And for me?", session="s1")
        assert (again.answer, again.stamp.cache is None) == (first.answer, False)
        assert len(later.stamp.memory) == 1
        for decision in (first, again, later):
            assert project.replay(decision.id).identical


def test_an_incident_is_taken_back_and_stays_readable(folder: Path) -> None:
    with holdfast.open(folder) as project:
        good = project.ask(STUDENTS, session="s1")
        project.snapshot("good")
        bring(project, "weekend.md", WEEKEND)
        bad = project.ask(STUDENTS, session="s2")
        project.feedback(bad.id, "up")
        assert "25 %" in bad.answer
    with holdfast.open(folder) as project:
        done = project.rollback("good", arrivals="quarantine", reason="nobody approved it")
    with holdfast.open(folder) as project:
        assert [(d.path, d.kind) for d in project.diff("good").documents] == []
        assert [s.store for s in project.diff("good").stores] == ["queue"]
        again = project.ask(STUDENTS)
        assert again.stamp.behaviour() == good.stamp.behaviour()
        assert project.replay(bad.id).identical
        project.rollback(str(done.before))
        assert project.ask(STUDENTS).answer == bad.answer


def test_a_clean_up_frees_what_a_crash_left_and_no_more(
    folder: Path,
) -> None:
    with holdfast.open(folder) as project:
        start = str(project.head().cut)
        bring(project, "weekend.md", WEEKEND)
        bad = project.ask(STUDENTS)
        project.rollback(start)
        left_over = b"stored, and then the power went"
        lake = project._system.lake
        lake.documents.put([Document(digest_bytes(left_over), "text/plain", left_over)])
        assert project.clean(dry_run=True).collected.lake.documents == 1
        done = project.clean().collected
        assert done.documents == (digest_bytes(left_over),)
        assert project.clean().collected.bytes == 0
    with holdfast.open(folder) as project:
        assert project.replay(bad.id).identical
        assert project.ask(STUDENTS).answer != bad.answer


def test_two_openers_see_each_others_writes(folder: Path) -> None:
    with holdfast.open(folder) as one, holdfast.open(folder) as two:
        before = two.ask(STUDENTS)
        bring(one, "weekend.md", WEEKEND)
        after = two.ask(STUDENTS)
        assert before.answer != after.answer
        assert "25 %" in after.answer
        one.rollback(before.id)
        assert two.ask(STUDENTS).answer == before.answer
        (two.root / "policies.toml").write_text("")
        two.deploy()
        assert one.ask(SHOES).stamp.release == two.deployed()


def test_another_way_to_cut_documents_needs_an_ingestion_and_then_answers(folder: Path) -> None:
    change(folder, preprocessing="max_characters = 120")
    with holdfast.open(folder) as project:
        before = project.ask(SHOES)
        with pytest.raises(StateError, match="run 'holdfast ingest' first"):
            project.deploy()
        prepared = project.ingest()
        assert (prepared.unchanged, prepared.changed) == (0, ())
        assert prepared.chunks > 3
        project.deploy()
        after = project.ask(SHOES)
        assert after.stamp.space["preprocessing"] != before.stamp.space["preprocessing"]
        assert len(after.stamp.hits) > len(before.stamp.hits)
        project.rollback(before.id)
        assert project.ask(SHOES).stamp.behaviour() == before.stamp.behaviour()
