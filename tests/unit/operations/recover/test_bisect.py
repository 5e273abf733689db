from __future__ import annotations

import random
from pathlib import Path

import pytest

from holdfast.errors import StorageError, UsageError
from holdfast.operations.journal import Journal
from holdfast.operations.recover.bisect import Bisection, describe
from holdfast.operations.recover.recoveries import Asked, Recoveries
from holdfast.ports.model import Message
from tests.support.project import SHOES, STUDENTS, Parts, Script, Shop, made

PROMO = "# Weekend\n\nThis weekend students get 25 % off everything, without any card.\n"
ASKED = Asked(question=STUDENTS, expect=("10 %",), forbid=("25 %",))


def search(shop: Shop, good: str, bad: str = "head", **given: object) -> Bisection:
    room = Recoveries(shop.system, shop.project.runtime)
    asked = given.pop("asked", ASKED)
    return room.bisect(asked, between=(good, bad), **given)


def fill(shop: Shop, name: str, count: int) -> None:
    for n in range(count):
        shop.write(f"{name}/{n:02}.md", f"# Tent {name} {n}\n\nThe tent {n} weighs {n + 900} g.\n")


@pytest.fixture
def long(shop: Shop) -> Shop:
    """Three batches of pages, the promotion among the second."""
    for name in ("a", "b", "c"):
        fill(shop, name, 12)
        if name == "b":
            shop.write("b/05-weekend.md", PROMO)
        shop.project.ingest()
        shop.ask(SHOES)
    return shop


def test_the_page_among_many_by_the_change_and_then_within_it(long: Shop) -> None:
    found = search(long, "@5")
    (culprit,) = found.culprits
    assert (culprit.store, culprit.key) == ("documents", "b/05-weekend.md")
    assert found.alone is True
    assert (found.changes, found.events) == (3, 37)
    assert found.evaluations <= 9
    assert describe(culprit).startswith("document b/05-weekend.md came at @")


def test_nothing_but_the_search_itself_is_recorded(long: Shop) -> None:
    decisions = len(long.project.entries("decisions"))
    found = search(long, "@5")
    assert len(long.project.entries("decisions")) == decisions
    (run,) = long.project.entries("runs")
    assert run.key == found.run
    keys = {entry.key for entry in long.project.entries("outputs")}
    assert len(keys) == found.answers


def test_a_search_that_was_stopped_goes_on_and_asks_nothing_twice(
    long: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = search(long, "@5")
    write, left = Journal.write, [whole.answers - 3]

    def failing(self: Journal, events: object, **given: str) -> None:
        if self.operation == "bisect":
            left[0] -= 1
            if left[0] < 0:
                raise StorageError("power is gone")
        write(self, events, **given)

    monkeypatch.setattr(Journal, "write", failing)
    with pytest.raises(StorageError):
        search(long, "@5", run="b-stopped")
    monkeypatch.setattr(Journal, "write", write)
    again = search(long, "now it says what it likes", "", run="b-stopped")
    assert again.culprits == whole.culprits
    assert again.evaluations == whole.evaluations
    assert 0 < again.answers < whole.answers
    assert search(long, "", "", run="b-stopped").answers == 0
    with pytest.raises(UsageError, match="asks other questions"):
        search(long, "@5", run="b-stopped", asked=Asked(question=SHOES, expect=("30 days",)))


def test_a_release_is_taken_apart_to_the_component(shop: Shop) -> None:
    start = shop.tick
    shop.bring("tents.md", "# Tents\n\nTents have a warranty of 10 years.\n")
    prompt = shop.root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nBe brief.\n")
    rules = shop.root / "policies.toml"
    block = '\n[[rules]]\nid = "cards"\nkind = "forbidden_phrase"\nphrases = ["card"]\naction = '
    rules.write_text(rules.read_text() + block + '"block"\n')
    shop.project.deploy(reason="two things at once")
    shop.bring("boots.md", "# Boots\n\nBoots are resoled for 68 euros.\n")
    found = search(shop, f"@{start}", asked=Asked(question=STUDENTS, expect=("10 %",)))
    (culprit,) = found.culprits
    assert (culprit.store, culprit.components) == ("releases", ("guard",))
    assert culprit.reason == "two things at once"
    assert "its guard changed at" in describe(culprit)


def test_a_removal_can_be_it_too(shop: Shop) -> None:
    start = shop.tick
    shop.bring("tents.md", "# Tents\n\nTents have a warranty of 10 years.\n")
    shop.project.remove(["discounts.md"])
    found = search(shop, f"@{start}", asked=Asked(question=STUDENTS, expect=("10 %",)))
    (culprit,) = found.culprits
    assert (culprit.key, culprit.after) == ("discounts.md", "")
    assert "went at" in describe(culprit)


def test_answers_that_vary_are_asked_as_often_as_it_takes(tmp_path: Path) -> None:
    chance = random.Random(7)

    def reply(messages: tuple[Message, ...]) -> str:
        wrong = 0.85 if "25 %" in messages[-1].content else 0.1
        return "It is 25 % off." if chance.random() < wrong else "It is 10 % off."

    model = Script(reply, deterministic=False)
    shop = made(tmp_path / "shop", Parts(model=model))
    start = shop.tick
    for name in ("a", "b", "c", "d"):
        fill(shop, name, 3)
        if name == "c":
            shop.write("c/weekend.md", PROMO)
        shop.project.ingest()
    found = search(shop, f"@{start}")
    (culprit,) = found.culprits
    assert culprit.key == "c/weekend.md"
    assert found.answers > 4 * found.evaluations
    assert all(trial.asked > 1 for trial in found.trials)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("@5", "@8", "the ends do not differ"),
        ("@8", "@5", "not before the bad one"),
        ("@5", "@5", "not before the bad one"),
        ("head~1", "head", "nothing that decides answers"),
        ("nonsense", "head", "nonsense"),
    ],
)
def test_ends_that_cannot_be_searched(long: Shop, good: str, bad: str, said: str) -> None:
    head = long.project.head()
    with pytest.raises(UsageError, match=said):
        search(long, good, bad, asked=Asked(question=SHOES, expect=("30 days",)))
    after = long.project.entries("documents", at=str(head.cut))
    assert long.project.entries("documents") == after


def test_a_moment_that_was_left_is_not_on_the_way(long: Shop) -> None:
    left = long.project.head().cut
    long.project.rollback("@8")
    long.bring("later.md", PROMO)
    with pytest.raises(UsageError, match="they parted at @8"):
        search(long, str(left))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(), "say what to ask"),
        (Asked(question=SHOES), "say what tells a good answer"),
        (Asked(suite="golden", question=SHOES, expect=("x",)), "not both"),
        (Asked(expect=("x",)), "give it"),
    ],
)
def test_questions_that_say_nothing(shop: Shop, asked: Asked, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        search(shop, "@2", asked=asked)
