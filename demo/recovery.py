"""Weeks later: the page comes back among ten thousand others, and much else is written since.

A rollback would lose all that. So the page is found by halving over the document events, and
taken back with everything that rests on it, and nothing else.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shop import Answer, Shop
from tell import OUT, chapter, check, promises, quote, say

import holdfast

STATE = ("documents", "cache", "memory", "feedback", "ratings")
MOMENT = "before-the-catalogue"
THINGS = ("tent", "boot", "jacket", "backpack", "stove", "rope", "lamp", "mat")
PLACE = 0.617
"""Where among the pages the promotion lies."""
EVALUATIONS = 20
SECONDS = 10


@dataclass(frozen=True)
class World:
    """What the environment shows: the values of its stores by key."""

    stores: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, folder: Path) -> World:
        with holdfast.open(folder) as project:
            return cls(
                {
                    store: {entry.key: entry.value for entry in project.entries(store)}
                    for store in STATE
                }
            )


def recovery(folder: Path, shop: Shop, *, draft: str, questions: Sequence[Any], pages: int) -> None:
    """The whole chapter."""
    chapter("8. The page comes back, among ten thousand others")
    shop.post("/snapshots", name=MOMENT, reason="before the supplier's catalogue")
    told = [shop.ask(q["question"], session=f"may-{q['id']}") for q in questions]
    page = catalogue(folder, draft, pages=pages)
    answers = [
        shop.ask(q["question"], session=f"june-{n}-{q['id']}") for n in (1, 2) for q in questions
    ]
    bad = [answer for answer in answers if promises(answer.text)]
    quote(bad[0])
    for answer in answers:
        shop.post(f"/decisions/{answer.decision}/feedback", verdict="up")
    # In the same conversation, a question that has nothing to do with it.
    harmless = next(q for q in questions if not q["about_discounts"])
    for number in (1, 2):
        shop.ask(harmless["question"], session=f"june-{number}-{questions[0]['id']}")
    shop.post("/documents", documents=[{"path": "news/june.md", "content": NEWS}])
    wait_for(lambda: shop.get("/documents", prefix="news/june.md")["total"] == 1)
    before = World.of(folder)
    check(
        len(before.stores["documents"]) > pages and bool(bad),
        f"{pages:,} pages came in; {len(bad)} of {len(answers)} answers promise 90 % again",
    )
    started = time.perf_counter()
    say("An alert: answers promise what no rule allows.")
    found = the_page(shop, page, events=pages + 1)
    done = the_recovery(shop, found, questions)
    after = World.of(folder)
    right(shop, questions, told, wrong={answer.question for answer in bad})
    seconds = time.perf_counter() - started
    the_rest(before, after, done, page=page, bad=bad)
    say(f"From the alert to right answers it took {seconds:.1f} seconds (aim: {SECONDS}).")


NEWS = "# June news\n\nThe Lydmouth branch has a new climbing wall since June.\n"


def catalogue(folder: Path, draft: str, *, pages: int) -> str:
    """Bring a supplier's pages in with one command, the promotion among them."""
    chance = random.Random(1)
    source = folder.parent / "catalogue"
    source.mkdir()
    bad = int(pages * PLACE)
    for number in range(pages):
        thing = chance.choice(THINGS)
        text = (
            f"# Item {number}: {thing}\n\nThe {thing} with item number {number} weighs "
            f"{chance.randrange(200, 3000)} g.\n"
        )
        (source / f"{number:05}.md").write_text(text, encoding="utf-8")
    name = f"{bad:05}-weekend.md"
    (source / name).write_text(draft, encoding="utf-8")
    ran(folder, "ingest", str(source), "--prefix", "catalogue/")
    return f"catalogue/{name}"


def the_page(shop: Shop, page: str, *, events: int) -> str:
    """Bisect names it."""
    found = shop.post("/bisect", good=MOMENT, suite="golden")
    (culprit,) = found["culprits"]
    check(
        culprit["key"] == page and found["events"] >= events,
        f"bisect finds {culprit['key']} among {found['events']:,} events in {found['changes']} "
        "changes",
    )
    check(
        found["evaluations"] <= EVALUATIONS,
        f"with {found['evaluations']} evaluations, of {found['questions']} questions that tell",
    )
    return str(culprit["key"])


def the_recovery(shop: Shop, page: str, questions: Sequence[Any]) -> Any:
    """One request takes it back."""
    done = shop.post(
        "/recover", causes=[page], reason="the promotion is not approved", suite="golden", yes=True
    )
    taken = ", ".join(f"{n} in {store}" for store, n in done["loss"]["revoked"].items())
    kept = ", ".join(f"{n} in {store}" for store, n in done["loss"]["mentioned"].items())
    say(f"Taken back: {taken}. Kept, as they only mention it: {kept or 'none'}.")
    again = done["again"]["answered"]
    was = sum(promises(one["before"]) for one in again)
    now = sum(promises(one["after"]) for one in again)
    check(
        was > 0 and now == 0,
        f"of {len(again)} golden questions that it touched, {was} promised 90 %, now none",
    )
    assert len(again) <= len(questions)
    return done


def the_rest(before: World, after: World, done: Any, *, page: str, bad: Sequence[Answer]) -> None:
    """What rests on the page is gone, all of it; every other write is there, all of them."""
    gone = {answer.decision for answer in bad}
    mine: dict[str, Callable[[str, Any], bool]] = {
        "documents": lambda key, _: key == page,
        "cache": lambda _, value: value["decision"] in gone,
        "memory": lambda key, _: key.rpartition("/")[2] in gone,
        "feedback": lambda key, _: key in gone,
        "ratings": lambda key, _: key.rpartition("/")[2] in gone,
    }
    removed = kept = 0
    for store, entries in before.stores.items():
        expected = {key: v for key, v in entries.items() if not mine[store](key, v)}
        removed += len(entries) - len(expected)
        kept += len(expected)
        check(
            after.stores[store] == expected and len(expected) < len(entries),
            f"{store}: {len(entries) - len(expected):,} gone, {len(expected):,} kept",
        )
    decisions = done["loss"]["revoked"]["decisions"]
    check(decisions == len(gone), f"{decisions} decisions are marked as taken back, and readable")
    say(f"{removed:,} entries that rest on the page are gone, {kept:,} others are untouched.")


def right(shop: Shop, questions: Sequence[Any], told: Sequence[Answer], *, wrong: set[str]) -> None:
    """The same questions are right again; the pages that stay may change a word of an answer."""
    again = [shop.ask(q["question"], session=f"july-{q['id']}") for q in questions]
    sides = [
        [(q, a) for q, a in zip(questions, answers, strict=True) if q["question"] in wrong]
        for answers in (told, again)
    ]
    pages = [sum(a.stamp["sources"][0]["path"] == q["page"] for q, a in side) for side in sides]
    facts = [sum(all(f in a.text for f in q["expect"]) for q, a in side) for side in sides]
    check(
        pages[1] >= pages[0] > 0 and not any(promises(answer.text) for answer in again),
        f"{pages[1]} of the {len(wrong)} questions are answered from the right page again; none "
        "promises 90 %",
    )
    say(f"{facts[1]} of them in the expected words ({facts[0]} before the catalogue came).")


def ran(folder: Path, *words: str) -> None:
    """A command as the operator types it."""
    OUT.print(f"$ holdfast {' '.join(words)}", style="bold")
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    OUT.print(done.stdout, markup=False, end="")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the page was not live within a minute")
        time.sleep(0.05)
