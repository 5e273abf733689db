from __future__ import annotations

import threading

import pytest

from holdfast.domain.dataset import Case
from holdfast.errors import ConflictError, UsageError
from holdfast.operations.evaluate.dataset import Known


@pytest.fixture
def project(shop):
    return shop.project


def test_a_decision_becomes_a_case_with_its_stamp_and_conversation(project) -> None:
    project.ask("Can I return shoes?", session="s")
    decision = project.ask("And after 40 days?", session="s")
    saved = project.datasets.add(
        decision.id[:18], to="incidents", known=Known(facts=("30 days",), tags=("returns",))
    )
    (case,) = project.datasets.load("incidents").cases
    assert (case.id, case.decision, case.question) == (decision.id,) * 2 + ("And after 40 days?",)
    assert [question for question, _ in case.history] == ["Can I return shoes?"]
    assert case.metadata["stamp"]["release"] == decision.stamp.release
    assert case.metadata["stamp"]["tick"] == decision.stamp.tick
    assert case.reference == ""
    (event,) = project.entries("datasets")
    links = project._system.ledger.links(events=[event.id])
    turn = project.entries("memory")[0]
    sources = [link.edge.source for link in links]
    assert sources == [f"decision:{decision.id}", f"event:{turn.id}"]
    assert saved.changed


def test_adding_again_replaces_and_an_equal_set_is_not_saved_twice(project) -> None:
    decision = project.ask("Can I return shoes?")
    project.datasets.add(decision.id)
    again = project.datasets.add(decision.id, known=Known(facts=("30 days",)))
    same = project.datasets.add(decision.id, known=Known(facts=("30 days",)))
    assert (again.version.cases, again.changed, same.changed) == (1, True, False)
    assert len(project.datasets.history("golden")) == 2


@pytest.mark.parametrize(
    ("verdict", "correction", "reference"),
    [("correct", "Within 14 days.", "Within 14 days."), ("up", "", None), ("down", "", "")],
)
def test_feedback_gives_the_reference(project, verdict, correction, reference) -> None:
    decision = project.ask("Can I return shoes?")
    project.feedback(decision.id, verdict, correction=correction)
    project.datasets.add(decision.id)
    (case,) = project.datasets.load("golden").cases
    assert case.reference == (decision.answer if reference is None else reference)


def test_a_rollback_does_not_forget_but_a_moment_shows_what_was(project) -> None:
    start = f"@{project.head().tick}"
    project.datasets.add(project.ask("Can I return shoes?").id)
    project.rollback(start)
    assert len(project.datasets.load("golden").cases) == 1
    assert project.datasets.newest(at=start) == []
    project.datasets.save("golden", [Case("x", "q")])
    assert [v.cases for v in project.datasets.history("golden")] == [1, 1]


def test_a_file_is_imported_appended_and_survives_a_clean_up(project, tmp_path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id":"a","question":"q"}\n')
    project.datasets.import_file(file, to="golden")
    file.write_text('{"id":"b","question":"q"}\n')
    saved = project.datasets.import_file(file, to="golden", append=True)
    with pytest.raises(UsageError, match="id 'b' is taken"):
        project.datasets.import_file(file, to="golden", append=True)
    assert (saved.before, saved.version.cases) == (1, 2)
    assert saved.version.reason == "from a.jsonl (jsonl)"
    project.clean()
    assert [case.id for case in project.datasets.load("golden").cases] == ["a", "b"]


def test_two_writers_at_once_both_win(project) -> None:
    ids = [project.ask(f"Can I return {thing}?").id for thing in ("shoes", "hats", "coats")]
    failed = []

    def add(name: str) -> None:
        try:
            project.datasets.add(name)
        except ConflictError as e:
            failed.append(e)

    threads = [threading.Thread(target=add, args=(name,)) for name in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {case.id for case in project.datasets.load("golden").cases}
    assert failed == []
    assert kept == set(ids)


@pytest.mark.parametrize("name", ["", "Golden", "a b", "x" * 64])
def test_a_bad_name_is_refused(project, name) -> None:
    with pytest.raises(UsageError, match="dataset name"):
        project.datasets.save(name, [Case("a", "q")])


def test_attacks_are_a_dataset_that_derives_from_its_parent(project) -> None:
    project.datasets.save("golden", [Case("a", "How long?", facts=("30 days",))])
    made = project.datasets.attack("golden", to="attacks", seed=1, kinds=("leading", "negation"))
    again = project.datasets.attack("golden", to="attacks", seed=1, kinds=("leading", "negation"))
    assert (made.saved.version.cases, made.skipped) == (1, {"negation": 1})
    assert again.saved.changed is False
    event = made.saved.version.event
    links = project._system.ledger.links(events=[event])
    parent = project.datasets.load("golden").digest
    assert [link.edge.source for link in links] == [f"dataset:{parent}"]
    with pytest.raises(UsageError, match="into another dataset"):
        project.datasets.attack("golden", to="golden")
    with pytest.raises(UsageError, match="none of negation can be applied"):
        project.datasets.attack("golden", to="attacks", kinds=("negation",))
