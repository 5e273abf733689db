from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.errors import NotFoundError, StateError, UsageError
from holdfast.operations.recover.cause import cause
from holdfast.operations.recover.recover import Order, Recovered, plan_recovery, recover
from holdfast.operations.recover.recoveries import Recoveries
from holdfast.operations.revoked import taken_back
from holdfast.store.lake import corpus
from tests.support.project import DOCUMENTS, SHOES, STUDENTS, Shop

PAGE = "promo/weekend.md"
PROMO = "# Weekend\n\nThis weekend students get 25 % off everything, without any card.\n"
ALL = Order(0.15)


def take_back(shop: Shop, *names: str, order: Order = ALL) -> Recovered:
    (name,) = names
    return recover(
        shop.system, "production", cause=cause(shop.system, "production", name=name), order=order
    )


def answers(shop: Shop) -> list[str]:
    return [shop.project.ask(text, at="head").answer for text in (SHOES, STUDENTS)]


def digest(shop: Shop) -> str:
    return corpus.state(shop.system.view("production")).digest


@pytest.fixture
def poisoned(shop: Shop) -> Shop:
    """A promotion page that one question believes, and writes of others around it."""
    shop.ask(SHOES, session="before")
    shop.bring(PAGE, PROMO)
    bad = shop.ask(STUDENTS, session="bad")
    assert "25 %" in bad.answer
    shop.project.feedback(bad.id, "up")
    shop.ask(STUDENTS, session="again")
    shop.ask(SHOES, session="after")
    return shop


def test_a_document_goes_with_all_that_rests_on_it_and_the_rest_stays(poisoned: Shop) -> None:
    shop = poisoned
    good = shop.project.ask(SHOES, at="head").answer
    done = take_back(shop, PAGE)
    assert "25 %" not in shop.project.ask(STUDENTS, at="head").answer
    assert shop.project.ask(SHOES, at="head").answer == good
    assert [turn.path for turn in done.loss.documents] == [PAGE]
    assert done.loss.revoked["decisions"] == 2
    assert done.loss.revoked["feedback"] == 1
    assert done.loss.sessions == 2
    sessions = {entry.key.split("/")[0] for entry in shop.project.entries("memory")}
    assert sessions == {"before", "after"}
    assert shop.project.entries("ratings") == []
    assert {e.value["answer"] for e in shop.project.entries("cache")} == {good}


def test_the_corpus_is_that_of_a_world_without_the_document(poisoned: Shop) -> None:
    shop = poisoned
    before = {doc["path"]: doc["document"] for doc in shop.project.documents()}
    take_back(shop, PAGE)
    after = {doc["path"]: doc["document"] for doc in shop.project.documents()}
    assert after == {path: name for path, name in before.items() if path != PAGE}
    recovered = digest(shop)
    shop.project.rollback("@5")
    assert digest(shop) == recovered


def test_what_the_bad_version_had_overwritten_shows_again(shop: Shop) -> None:
    first = digest(shop)
    shop.bring("discounts.md", PROMO)
    shop.bring("other.md", "# Other\n\nTents are pitched on flat ground.\n")
    (turn,) = take_back(shop, "discounts.md").loss.documents
    assert turn.after
    assert "10 %" in shop.project.ask(STUDENTS, at="head").answer
    assert {doc["path"] for doc in shop.project.documents()} == {*DOCUMENTS, "other.md"}
    shop.project.remove(["other.md"])
    assert digest(shop) == first


def test_a_page_that_is_only_mentioned_takes_nothing_with_it(poisoned: Shop) -> None:
    plan = plan_recovery(
        poisoned.system,
        "production",
        cause=cause(poisoned.system, "production", name=PAGE),
        threshold=0.15,
    )
    # The shoes' answers had the page in their prompt and took nothing from it.
    assert plan.loss.mentioned["decisions"] >= 1
    done = take_back(poisoned, PAGE, order=replace(ALL, threshold=0.01))
    assert done.loss.revoked["decisions"] > plan.loss.revoked["decisions"]


def test_a_plan_changes_nothing(poisoned: Shop) -> None:
    tick = poisoned.tick
    found = cause(poisoned.system, "production", name=PAGE)
    plan = plan_recovery(poisoned.system, "production", cause=found, threshold=0.15)
    assert poisoned.tick == tick
    done = take_back(poisoned, PAGE)
    assert done.loss == plan.loss


def test_a_decision_takes_what_was_made_of_it(poisoned: Shop) -> None:
    bad = poisoned.project.log(operation="feedback")[0].commit.cause.removeprefix("decision:")
    done = take_back(poisoned, bad)
    assert PAGE in {doc["path"] for doc in poisoned.project.documents()}
    assert done.loss.revoked["feedback"] == 1
    # The second answer came out of the cache that the first one filled.
    assert done.loss.revoked["decisions"] == 2
    assert done.loss.documents == ()


def test_a_span_takes_what_was_written_in_it_and_its_consequences(shop: Shop) -> None:
    start = shop.tick
    shop.bring(PAGE, PROMO)
    end = shop.tick
    shop.ask(STUDENTS, session="bad")
    shop.ask(SHOES, session="good")
    done = take_back(shop, f"@{start}..@{end}")
    assert {doc["path"] for doc in shop.project.documents()} == set(DOCUMENTS)
    assert done.loss.revoked["decisions"] == 1
    assert [e.key.split("/")[0] for e in shop.project.entries("memory")] == ["good"]


def test_a_release_takes_its_answers_and_the_one_before_answers_again(shop: Shop) -> None:
    first = shop.project.deployed()
    shop.ask(SHOES, session="first")
    prompt = shop.root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nBe brief.\n")
    shop.project.deploy(reason="a new prompt")
    bad = shop.project.deployed()
    shop.ask(STUDENTS, session="second")
    done = take_back(shop, bad)
    assert shop.project.deployed() == first
    assert done.loss.revoked["releases"] == 1
    assert done.loss.revoked["prompts"] == 1
    assert [e.key.split("/")[0] for e in shop.project.entries("memory")] == ["first"]
    again = shop.project.deploy(bad[:12])
    assert again.release == bad, "its manifest is still known"


def test_no_recovery_leaves_an_environment_without_a_release(shop: Shop) -> None:
    head = shop.project.head()
    with pytest.raises(StateError, match="no release would answer"):
        take_back(shop, shop.project.deployed())
    assert shop.project.head() == head


@pytest.mark.parametrize(
    ("arrivals", "status"), [("quarantine", "quarantined"), ("requeue", "enqueued")]
)
def test_a_document_that_goes_is_kept_hold_of(poisoned: Shop, arrivals: str, status: str) -> None:
    done = take_back(poisoned, PAGE, order=replace(ALL, arrivals=arrivals))
    (item,) = [item for item in poisoned.project.queue() if item.path == PAGE]
    assert item.status == status
    assert (done.requeued, done.quarantined) == ((1, 0) if arrivals == "requeue" else (0, 1))
    poisoned.project.ingest()
    live = PAGE in {doc["path"] for doc in poisoned.project.documents()}
    assert live == (arrivals == "requeue"), "what is aside is left alone"


def test_it_can_be_left_alone_too(poisoned: Shop) -> None:
    take_back(poisoned, PAGE, order=replace(ALL, arrivals="leave"))
    assert PAGE not in {item.path for item in poisoned.project.queue()}


def test_undo_is_a_rollback(poisoned: Shop) -> None:
    before, state = answers(poisoned), digest(poisoned)
    done = take_back(poisoned, PAGE)
    assert answers(poisoned) != before
    poisoned.project.rollback(str(done.before))
    assert (answers(poisoned), digest(poisoned)) == (before, state)


def test_one_change_back_is_the_state_before_it(poisoned: Shop) -> None:
    before, state = answers(poisoned), digest(poisoned)
    take_back(poisoned, PAGE)
    poisoned.project.rollback("~1")
    assert (answers(poisoned), digest(poisoned)) == (before, state)


def test_a_rollback_to_the_past_of_a_recovered_timeline_has_the_right_corpus(shop: Shop) -> None:
    clean = digest(shop)
    shop.bring(PAGE, PROMO)
    tick = shop.tick
    shop.bring("other.md", "# Other\n\nTents are pitched on flat ground.\n")
    done = take_back(shop, PAGE)
    shop.project.rollback(f"t{done.after.timeline}@{tick}")
    assert {doc["path"] for doc in shop.project.documents()} == set(DOCUMENTS)
    assert digest(shop) == clean
    fork = shop.project.fork("production", "staging", at=f"t{done.after.timeline}@{tick}")
    assert corpus.state(shop.system.view("staging")).digest == clean
    assert fork.timeline > done.after.timeline


def test_the_same_operation_again_changes_nothing(poisoned: Shop) -> None:
    once = replace(ALL, operation="o-once")
    room = Recoveries(poisoned.system, poisoned.project.runtime)
    first = room.recover([PAGE], order=once)
    head = poisoned.project.head()
    assert room.recover([PAGE], order=once) == first
    assert poisoned.project.head() == head
    with pytest.raises(UsageError, match="was no recovery"):
        room.recover([PAGE], order=replace(ALL, operation="init-production"))


def test_decisions_stay_readable_and_say_that_they_were_taken_back(poisoned: Shop) -> None:
    bad = poisoned.project.log(operation="feedback")[0].commit.cause.removeprefix("decision:")
    decision = poisoned.project.decision(bad)
    assert taken_back(poisoned.system, decision) is None
    done = take_back(poisoned, PAGE, order=replace(ALL, reason="not approved"))
    assert poisoned.project.decision(bad) == decision
    said = taken_back(poisoned.system, decision)
    assert said == {
        "operation": done.operation,
        "tick": done.after.tick,
        "reason": "not approved",
    }
    assert poisoned.project.show(bad).value["revoked"] == said
    assert poisoned.project.replay(bad).identical


def test_cases_made_of_what_goes_are_marked_and_kept(poisoned: Shop) -> None:
    project = poisoned.project
    bad = project.log(operation="feedback")[0].commit.cause.removeprefix("decision:")
    project.datasets.add(bad, to="golden")
    project.datasets.add(poisoned.ask(SHOES, session="x").id, to="golden")
    done = take_back(poisoned, PAGE)
    assert done.loss.datasets == {"golden": [bad]}
    assert [e.key for e in project.entries("taints")] == [f"golden/{bad}"]
    assert len(project.datasets.load("golden").cases) == 2


def test_too_large_a_share_is_refused_and_nothing_happens(poisoned: Shop) -> None:
    head = poisoned.project.head()
    with pytest.raises(StateError, match="more than the 1% of recover"):
        take_back(poisoned, PAGE, order=replace(ALL, most=0.01))
    assert poisoned.project.head() == head


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5])
def test_a_threshold_is_a_strength(poisoned: Shop, threshold: float) -> None:
    with pytest.raises(UsageError, match="no strength"):
        take_back(poisoned, PAGE, order=Order(threshold))


def test_unknown_arrivals_are_refused(poisoned: Shop) -> None:
    with pytest.raises(UsageError, match="'burn'"):
        take_back(poisoned, PAGE, order=replace(ALL, arrivals="burn"))


def test_what_is_not_there_cannot_be_taken_back(poisoned: Shop) -> None:
    with pytest.raises(NotFoundError, match="nothing live is called"):
        take_back(poisoned, "no/such.md")


def test_what_comes_in_under_a_recovery_is_kept_or_taken_as_it_deserves(
    poisoned: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = poisoned.parts.ledger
    fork = ledger.fork

    def late(request: object, **given: object) -> object:
        monkeypatch.setattr(ledger, "fork", fork)
        poisoned.ask(STUDENTS, session="late-bad")
        poisoned.ask(SHOES, session="late-good")
        return fork(request, **given)

    monkeypatch.setattr(ledger, "fork", late)
    done = take_back(poisoned, PAGE)
    assert done.loss.revoked["decisions"] == 3
    sessions = {entry.key.split("/")[0] for entry in poisoned.project.entries("memory")}
    assert sessions == {"before", "after", "late-good"}
