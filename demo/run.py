"""The incident that Holdfast is made for, told with measured figures and asserted as it goes.

A draft promotion page slips in through the ingestion queue of a small shop's support bot. The bot
promises a 90 % discount, customers love it, answers are cached and remembered, and latency,
errors and CPU stay green. One rollback takes everything back. Weeks later the page comes back among
ten thousand others, and is found and taken back alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tell
from lesson import learn, overhear
from recovery import recovery
from shop import Answer, Shop, serving
from tell import OUT, chapter, check, quote, say
from watching import Receiver, oncall, paged, promise, shown, told

HERE = Path(__file__).parent
QUESTIONS = [
    json.loads(line)
    for line in (HERE / "incident" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
DRAFT = HERE / "incident" / "promo-draft.md"
CUSTOMERS = 3
"""How many customers ask each question about discounts while the draft is live."""
PAGE = "promotions/weekend.md"
CALM = "before-promotion"


@dataclass(frozen=True)
class Period:
    """A stretch of the shop's life: its answers, and the CPU seconds that went by."""

    answers: list[Answer]
    cpu: float


def main() -> None:
    """Run the story in a temporary folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=10_000, help="of the supplier's catalogue")
    pages = options.parse_args().pages
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "fellwick"
        shutil.copytree(HERE / "project", folder)
        golden(folder)
        opening(folder)
        with oncall() as receiver, serving(promised(folder, receiver)) as shop:
            day = a_normal_day(shop)
            began = time.monotonic()
            incident = the_incident(shop, day)
            overheard = overhear(shop)
            the_dashboard(shop, day, incident)
            the_page(folder, receiver, began)
            the_gate(folder, passes=False)
            the_rollback(shop, day, incident)
            the_gate(folder, passes=True)
            the_lesson(folder, overheard)
            the_record(folder, incident.answers[0])
            draft = DRAFT.read_text(encoding="utf-8")
            recovery(folder, shop, draft=draft, questions=QUESTIONS, pages=pages)
    say(f"\n[bold green]Done in {time.perf_counter() - started:.0f} seconds.[/bold green]")


def golden(folder: Path) -> None:
    """What the operator knows of good answers, as cases of the project's suite."""
    cases = [
        {
            "id": q["id"],
            "question": q["question"],
            "facts": q["expect"],
            "forbidden": q["forbid"],
            "relevant": [q["page"]],
            "tags": ["discounts"] if q["about_discounts"] else [],
        }
        for q in QUESTIONS
    ]
    lines = "".join(f"{json.dumps(case, ensure_ascii=False)}\n" for case in cases)
    (folder / "suites" / "golden.jsonl").write_text(lines, encoding="utf-8")


def opening(folder: Path) -> None:
    """Documents in, release out: the two commands of every project."""
    chapter("1. A shop opens its support bot")
    known = ["dataset", "import", str(folder / "suites" / "golden.jsonl"), "--to", "golden"]
    for words in (["ingest"], ["deploy", "--reason", "opening day"], known):
        OUT.print(f"$ holdfast {' '.join(words)}", style="bold")
        command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *words]
        subprocess.run(command, check=True)


def a_normal_day(shop: Shop) -> Period:
    """Customers ask; the answers are right; the operator names the moment."""
    chapter("2. A normal day")
    before = shop.cpu()
    answers = [shop.ask(q["question"], session=f"day-{q['id']}") for q in QUESTIONS]
    cpu = shop.cpu() - before
    good = sum(
        all(fact in answer.text for fact in q["expect"]) and not promises(answer)
        for q, answer in zip(QUESTIONS, answers, strict=True)
    )
    for answer in answers[:2]:
        quote(answer)
    for answer in answers[:5]:
        shop.post(f"/decisions/{answer.decision}/feedback", verdict="up")
    answers = [shop.ask(q["question"], session=f"evening-{q['id']}") for q in QUESTIONS]
    shop.post("/snapshots", name=CALM, reason="a calm evening")
    check(good >= len(QUESTIONS) - 2, f"{good} of {len(QUESTIONS)} answers hold the right facts")
    check(not any(map(promises, answers)), "no answer promises 90 %")
    check(all(a.stamp["complete"] for a in answers), "every answer carries a complete stamp")
    return Period(answers, cpu)


def the_incident(shop: Shop, day: Period) -> Period:
    """The draft comes in through the queue; the bot believes it; customers love it."""
    chapter("3. A draft page slips in")
    text = DRAFT.read_text(encoding="utf-8")
    shop.post("/documents", documents=[{"path": PAGE, "content": text}])
    wait_for(lambda: shop.get("/documents", prefix=PAGE)["total"] == 1)
    say(f"{PAGE} went through the queue and is live. Nobody approved it.")
    asked = [q["question"] for q in QUESTIONS if q["about_discounts"]]
    before = shop.cpu()
    answers = [
        shop.ask(question, session=f"customer-{n}-{asked.index(question)}")
        for n in range(CUSTOMERS)
        for question in asked
    ]
    cpu = shop.cpu() - before
    bad = [answer for answer in answers if promises(answer)]
    quote(bad[0])
    for answer in bad:
        shop.post(f"/decisions/{answer.decision}/feedback", verdict="up")
    wrong = {answer.question for answer in bad}
    cached = sum(answer.stamp["cache"] for answer in bad)
    check(
        len(wrong) > len(asked) // 2,
        f"{len(wrong)} of {len(asked)} questions about discounts are now answered with 90 %",
    )
    check(cached > 0, f"{cached} of {len(bad)} bad answers came out of the cache by now")
    say(f"{len(bad)} customers give a thumbs-up; their conversations remember what they were told.")
    told = {answer.question: answer.text for answer in day.answers}
    check(all(told[a.question] != a.text for a in bad), "yesterday all of them were told otherwise")
    return Period(bad, cpu * len(bad) / len(answers))


def the_dashboard(shop: Shop, day: Period, incident: Period) -> None:
    """What the old dashboard shows: nothing."""
    chapter("4. The dashboard is green")
    rows = (
        ("latency, median", "ms", lambda p: 1000 * statistics.median(a.seconds for a in p.answers)),
        ("CPU an answer", "ms", lambda p: 1000 * p.cpu / len(p.answers)),
    )
    for name, unit, figure in rows:
        say(f"{name:16} {figure(day):6.1f} {unit} yesterday, {figure(incident):6.1f} {unit} now")
    check(shop.requests() > 0 and shop.errors() == 0, f"0 of {shop.requests():.0f} requests failed")
    flagged = sum(bool(answer.stamp["findings"]) for answer in incident.answers)
    say(
        f"The rule 'discount-limit' saw {flagged} of the {len(incident.answers)} bad answers, but "
        "here it only flags; set to block, it would have stopped those."
    )


def promised(folder: Path, receiver: Receiver) -> Path:
    """The folder, with who is paged."""
    promise(folder, receiver)
    return folder


def the_page(folder: Path, receiver: Receiver, began: float) -> None:
    """What Holdfast shows: the machine is well, the answers are not; and who did it."""
    seconds, alert = paged(receiver, since=began)
    check(
        alert["labels"]["slo"] == "promises-kept",
        f"on-call was paged {seconds:.1f} seconds after the draft came in: "
        f"{alert['annotations']['summary']}",
    )
    shown(folder, "status", out=lambda line: OUT.print(line, markup=False))
    states = {one["name"]: one for one in told(folder, "status")["objectives"]}
    working = [one["state"] for one in states.values() if one["row"] == "execution"]
    check(
        set(working) == {"met"} and states["promises-kept"]["state"] == "burning",
        "every execution objective is met, and the decision objective burns",
    )
    shown(folder, "incident", "show", "last", out=lambda line: OUT.print(line, markup=False))
    evidence = told(folder, "incident", "show", "last")["incident"]["evidence"]
    first = evidence["suspects"][0]
    check(
        first["changed"]["name"] == PAGE,
        f"the incident names {PAGE} first: {first['bad_on']} of {first['bad']} bad answers rest "
        f"on it, and {first['good_on']} of {first['good']} good ones",
    )


def the_gate(folder: Path, *, passes: bool) -> None:
    """What the dashboard cannot see: golden questions are asked, and no decision is recorded."""
    words = ["gate", "golden", "--baseline-at", CALM]
    OUT.print(f"$ holdfast {' '.join(words)}", style="bold")
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *words]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    OUT.print(done.stdout, markup=False, end="")
    if passes:
        check(done.returncode == 0, "the gate passes: as good as on the calm evening")
    else:
        named = [q["id"] for q in QUESTIONS if q["id"] in done.stdout]
        check(
            done.returncode == 1 and bool(named),
            f"the gate fails and names {', '.join(named[:3])} ...",
        )


def the_rollback(shop: Shop, day: Period, incident: Period) -> None:
    """One rollback, and everything is as before."""
    chapter("5. One rollback of everything")
    plan = shop.post("/rollback", to=CALM, dry_run=True)
    hidden = ", ".join(f"{n} in {store}" for store, n in sorted(plan["hidden"].items()))
    say(f"dry run: events that would no longer show: {hidden}")
    started = time.perf_counter()
    done = shop.post("/rollback", to=CALM, reason="the promotion is not approved")
    seconds = time.perf_counter() - started
    difference = shop.get("/diff", before=CALM, after="head")
    check(
        not any(difference[part] for part in ("documents", "stores", "components")),
        "index, queue, cache, memory, feedback, prompts and release are as they were",
    )
    again = [shop.ask(a.question, session=f"again-{i}") for i, a in enumerate(day.answers)]
    say(
        f"The rollback took {seconds * 1000:.1f} ms over HTTP, the first answer after it "
        f"{again[0].seconds * 1000:.1f} ms."
    )
    pairs = list(zip(day.answers, again, strict=True))
    check(all(a.text == b.text for a, b in pairs), f"{len(again)} questions get the same bytes")
    check(
        all(chunks(a) == chunks(b) for a, b in pairs), "from the same chunks with the same scores"
    )
    check(all(a.stamp["release"] == b.stamp["release"] for a, b in pairs), "by the same release")
    recorded = (*day.answers, *incident.answers)
    replays = [shop.post(f"/decisions/{answer.decision}/replay") for answer in recorded]
    check(
        all(replay["identical"] for replay in replays),
        f"{len(replays)} decisions replay identically, {len(incident.answers)} of them from the "
        "time that was taken back",
    )
    before = done["before"]
    say(f"Undo: holdfast rollback --to t{before['timeline']}@{before['tick']}")


def the_lesson(folder: Path, overheard: list[Answer]) -> None:
    """What the bot said in the incident is asked again before each release from now on."""
    chapter("6. What went wrong becomes a test")
    learn(folder, overheard, calm=CALM, check=check)


def the_record(folder: Path, bad: Answer) -> None:
    """Nothing that happened is erased."""
    chapter("7. The bad decisions are still there to read")
    OUT.print(f"$ holdfast replay {bad.decision}", style="bold")
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder)]
    subprocess.run([*command, "replay", bad.decision], check=True)
    OUT.print("$ holdfast log --all --operation rollback", style="bold")
    subprocess.run([*command, "log", "--all", "--operation", "rollback"], check=True)


def promises(answer: Answer) -> bool:
    return tell.promises(answer.text)


def chunks(answer: Answer) -> list[tuple[str, float]]:
    return [(source["chunk"], source["score"]) for source in answer.stamp["sources"]]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the page was not live within 30 seconds")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
