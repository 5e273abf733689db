"""The queue under several writers: the newest version of a path wins, whoever works when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.operations.ingest import intake_for
from holdfast.pipeline import ingest as work
from holdfast.pipeline import queue
from holdfast.project import Project
from tests.support.crash_world import document, live, sound, started

ONE, TWO = document("# A\n\nThe first version."), document("# A\n\nThe second version.")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with started(tmp_path / "project") as project:
        yield project
        sound(project)


def statuses(project: Project) -> dict[str, str]:
    return {item.path: item.status for item in project.queue()}


def claimed(project: Project, path: str) -> list[queue.Queued]:
    """A claim by somebody who does not go on with it for now."""
    intake = intake_for(project._system, project.environment)
    (claims,) = work._claimed(queue.places(intake.view(), [path]), intake=intake)
    return claims


def finish(project: Project, claims: list[queue.Queued]) -> work.Outcome:
    return work._work(claims, intake=intake_for(project._system, project.environment))


def test_the_newer_of_two_versions_that_wait_comes_in(project: Project) -> None:
    project.enqueue([("a.md", ONE)])
    project.enqueue([("a.md", TWO)])
    assert project.drain() == 1
    assert live(project)["a.md"] == TWO.digest


def test_what_waited_does_not_come_in_after_a_newer_version(
    project: Project, tmp_path: Path
) -> None:
    project.enqueue([("a.md", ONE)])
    (tmp_path / "new").mkdir()
    (tmp_path / "new/a.md").write_bytes(TWO.source)
    project.ingest(tmp_path / "new")
    assert project.drain() == 0
    assert live(project)["a.md"] == TWO.digest


def test_a_slow_worker_does_not_bring_back_an_older_version(project: Project) -> None:
    project.enqueue([("a.md", ONE), ("b.md", ONE)])
    (first, second) = claimed(project, "a.md"), claimed(project, "b.md")
    project.enqueue([("a.md", TWO)])
    project.drain()
    assert finish(project, first + second).committed == (
        replace(second[0].item, status=queue.COMMITTED),
    )
    assert live(project)["a.md"] == TWO.digest
    assert live(project)["b.md"] == ONE.digest


def test_a_removed_document_does_not_come_back_from_the_queue(project: Project) -> None:
    project.enqueue([("a.md", ONE)])
    project.drain()
    project.enqueue([("a.md", TWO)])
    claims = claimed(project, "a.md")
    project.remove(["a.md"])
    assert finish(project, claims) == work.Outcome()
    assert "a.md" not in live(project) | statuses(project)


def test_a_sync_takes_off_the_queue_what_is_not_there_any_more(
    project: Project, tmp_path: Path
) -> None:
    project.enqueue([("gone.md", ONE), ("elsewhere/kept.md", ONE)])
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.md").write_bytes(TWO.source)
    done = project.ingest(tmp_path / "folder", prefix="", sync=True, dry_run=True)
    assert "gone.md" in statuses(project)
    done = project.ingest(tmp_path / "folder", sync=True)
    assert done.removed == ("discounts.md", "returns.md", "shipping.md")
    assert statuses(project) == {"a.md": queue.COMMITTED}
    assert project.drain() == 0
    assert live(project) == {"a.md": TWO.digest}


def test_what_another_worker_prepares_is_left_to_him(project: Project, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.md").write_bytes(ONE.source)
    project.enqueue([("a.md", ONE)])
    claims = claimed(project, "a.md")
    project.enqueue([("a.md", ONE)])
    assert project.drain() == 0
    assert len(finish(project, claims).committed) == 1


def test_the_claim_of_a_worker_that_is_gone_is_taken_over_at_once(project: Project) -> None:
    project.enqueue([("a.md", ONE)])
    intake = intake_for(project._system, project.environment)
    host, pid, _ = intake.worker.split(":")
    dead = replace(intake, worker=f"{host}:{pid}:anotherone")
    list(work._claimed(queue.places(dead.view(), ["a.md"]), intake=dead))
    assert statuses(project)["a.md"] == queue.CLAIMED
    assert project.drain() == 1
    assert live(project)["a.md"] == ONE.digest


def test_what_a_failed_ingestion_had_claimed_is_taken_over_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.enqueue([("a.md", ONE)])
    with monkeypatch.context() as patch:
        patch.setattr(work, "cut", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            project.drain()
    assert statuses(project)["a.md"] == queue.CLAIMED
    assert project.drain() == 1
    assert live(project)["a.md"] == ONE.digest


def test_a_silent_workers_claim_is_taken_over_after_the_lease(project: Project) -> None:
    project.enqueue([("a.md", ONE)])
    intake = replace(intake_for(project._system, project.environment), worker="elsewhere:1:x")
    list(work._claimed(queue.places(intake.view(), ["a.md"]), intake=intake))
    work.drain(None, intake=intake)
    assert statuses(project)["a.md"] == queue.CLAIMED
    work.drain(["a.md"], intake=replace(intake, lease=200_000))
    assert live(project)["a.md"] == ONE.digest


def test_a_claim_of_the_timeline_that_was_left_does_not_hold_up_the_new_one(
    project: Project,
) -> None:
    project.enqueue([("a.md", ONE)])
    claims = claimed(project, "a.md")
    project.rollback("head")
    assert project.drain() == 1
    assert live(project)["a.md"] == ONE.digest
    assert finish(project, claims) == work.Outcome()


def test_a_rollback_queues_each_path_once(project: Project) -> None:
    tick = project.head().tick
    for version in (ONE, TWO):
        project.enqueue([("a.md", version), ("b.md", version)])
        project.drain()
    project.remove(["b.md"])
    assert project.rollback(f"@{tick}", arrivals="requeue").requeued == 1
    project.drain()
    assert {path for path in live(project) if len(path) == 4} == {"a.md"}
    assert live(project)["a.md"] == TWO.digest


def test_a_title_does_not_depend_on_what_happened_before(project: Project) -> None:
    tick = project.head().tick
    for _ in range(2):
        project.enqueue([("a.md", ONE)])
        project.drain()
        titles = {d["path"]: d["title"] for d in project.documents()}
        assert titles["a.md"] == "A"
        project.rollback(f"@{tick}")


def test_two_changes_of_the_corpus_that_began_from_one_state_both_count(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.enqueue([("a.md", ONE)])
    append = project._system.append.append
    done: list[str] = []

    def late(change):
        if change.operation == "ingest" and not done:
            done.append("once")
            project.remove(["returns.md"])
        return append(change)

    monkeypatch.setattr(project._system.append, "append", late)
    assert project.drain() == 1
    assert live(project).keys() == {"a.md", "discounts.md", "shipping.md"}


def test_documents_that_come_in_under_a_deployment_are_prepared_for_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ingestion began when another release answered, in another space."""
    project.enqueue([("a.md", ONE)])
    claims = claimed(project, "a.md")
    intake = intake_for(project._system, project.environment)
    other = project.root / "holdfast.toml"
    other.write_text(other.read_text().replace("max_characters = 800", "max_characters = 200"))
    with reopened(project) as second:
        second.ingest()
        second.deploy()
    outcome = work._work(claims, intake=intake)
    assert len(outcome.committed) == 1
    with reopened(project) as second:
        assert "a.md" in [p.path for p in second.retrieve("first version").passages]


def test_a_deployment_sees_documents_that_come_in_under_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked, then a document came in that is not prepared: refused, not half searchable."""
    other = project.root / "holdfast.toml"
    other.write_text(other.read_text().replace("max_characters = 800", "max_characters = 200"))
    with reopened(project) as second:
        second.ingest()
        append = second._system.append.append

        def late(change):
            if change.operation == "deploy":
                project.enqueue([("a.md", ONE)])
                project.drain()
            return append(change)

        monkeypatch.setattr(second._system.append, "append", late)
        before = second.deployed()
        with pytest.raises(Exception, match=r"'a\.md'"):
            second.deploy()
        assert second.deployed() == before


def reopened(project: Project) -> Project:
    from holdfast.bootstrap import open_project

    return open_project(project.root)
