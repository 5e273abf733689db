from __future__ import annotations

import threading

import pytest

from holdfast.errors import ConflictError, NotFoundError, StateError, UsageError
from holdfast.project import RUNTIMES, Project
from tests.support.project import SHOES, STUDENTS, Shop


def test_a_fork_goes_its_own_way(shop: Shop) -> None:
    shop.ask(SHOES, session="s1")
    forked = shop.project.fork("production", "staging", reason="to try")
    assert shop.project.diff("production", "staging").same
    staging = shop.project.ask(SHOES, environment="staging", session="s1")
    assert staging.stamp.cache is None, "it remembers the first time, so this is a second question"
    assert len(staging.stamp.memory) == 1
    shop.project.remove(["returns.md"], environment="staging")
    shop.project.remove(["shipping.md"])
    assert [d["path"] for d in shop.project.documents(environment="staging")] == [
        "discounts.md",
        "shipping.md",
    ]
    assert [d["path"] for d in shop.project.documents()] == ["discounts.md", "returns.md"]
    assert shop.project.log(environment="staging")[-1].commit.operation == "create"
    assert shop.project.environments().keys() == {"production", "staging"}
    assert shop.project.head("staging").timeline == forked.timeline == 2


def test_an_environment_that_is_rolled_back_leaves_others_alone(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    shop.project.remove(["returns.md"])
    shop.project.fork("production", "staging")
    shop.project.rollback(good)
    assert len(shop.project.documents()) == 3
    assert len(shop.project.documents(environment="staging")) == 2


def test_a_fork_may_start_in_the_past(shop: Shop) -> None:
    shop.project.fork("production", "empty", at="@1")
    assert shop.project.documents(environment="empty") == []
    with pytest.raises(StateError, match="deploy"):
        shop.project.ask(SHOES, environment="empty")


@pytest.mark.parametrize("name", ["head", "Bad Name", "calm"])
def test_a_name_that_means_something_else_is_no_environment(shop: Shop, name: str) -> None:
    shop.project.snapshot("calm")
    with pytest.raises(UsageError):
        shop.project.fork("production", name)


def test_an_environment_is_made_once_and_from_one_that_is_there(shop: Shop) -> None:
    shop.project.fork("production", "staging")
    with pytest.raises(ConflictError, match="staging"):
        shop.project.fork("production", "staging")
    with pytest.raises(NotFoundError, match="production"):
        shop.project.fork("prod", "testing")


def test_feedback_is_an_event_that_names_its_decision(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    tick = shop.project.feedback(decision.id[:-3], "correct", correction="Yes, for 30 days.")
    commit = shop.project.log(limit=1)[0].commit
    assert (commit.tick, commit.operation, commit.cause) == (
        tick,
        "feedback",
        f"decision:{decision.id}",
    )
    with pytest.raises(NotFoundError):
        shop.project.feedback("d-ffffffff", "up")


def test_reading_is_as_of_any_moment(shop: Shop) -> None:
    shop.project.enqueue([])
    shop.write("empty.md", "")
    shop.project.ingest()
    assert [item.path for item in shop.project.queue(status="quarantined")] == ["empty.md"]
    assert shop.project.queue(status="quarantined", at="~1") != shop.project.queue()
    assert shop.project.queue(at="@1") == []
    with pytest.raises(UsageError, match="enqueued, claimed, committed, quarantined"):
        shop.project.queue(status="lost")


def test_the_events_of_a_store_come_oldest_first(shop: Shop) -> None:
    start = shop.tick
    shop.project.remove(["returns.md"])
    shop.project.ingest()
    found = shop.project.events("documents", within=shop.project.head().cut, after=start)
    assert [(entry.key, entry.value is None) for entry in found] == [
        ("returns.md", True),
        ("returns.md", False),
    ]
    assert len(shop.project.entries("documents", prefix="r")) == 1
    assert len(shop.project.entries("documents", limit=2)) == 2


def test_recent_releases_are_kept_ready(shop: Shop) -> None:
    first = shop.project.deployed()
    ready = shop.project.runtime(first)
    assert shop.project.runtime(first) is ready
    for number in range(RUNTIMES):
        shop.configure(f"[sampling]\nseed = {number + 1}\n")
        shop.project.deploy()
    project = Project(shop.system)
    for entry in project.releases():
        project.runtime(entry["release"])
    assert len(project._runtimes) == RUNTIMES
    assert first in project._runtimes


def test_many_threads_may_ask(shop: Shop) -> None:
    answers: list[str] = []

    def ask() -> None:
        answers.extend(shop.ask(text).answer for text in (SHOES, STUDENTS))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert len(set(answers)) == 2
    assert len(shop.project.entries("decisions")) == 16


def test_a_project_is_warmed_and_closed(shop: Shop) -> None:
    shop.project.warm()
    shop.project.fork("production", "empty", at="@1")
    shop.project.warm("empty")
    with shop.project as project:
        assert project.environment == "production"
        assert project.root == shop.root
