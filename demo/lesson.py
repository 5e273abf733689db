"""What went wrong becomes a test: the incident's decisions as golden cases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from shop import Answer, Shop

HERE = Path(__file__).parent
FORBIDDEN = ("90%", "90 %")
OVERHEARD = [
    json.loads(line)
    for line in (HERE / "incident" / "overheard.jsonl").read_text(encoding="utf-8").splitlines()
]

Check = Callable[[bool, str], None]


def overhear(shop: Shop) -> list[Answer]:
    """Questions that nobody thought of before, asked while the draft is live."""
    return [shop.ask(one["question"], session=f"overheard-{n}") for n, one in enumerate(OVERHEARD)]


def learn(folder: Path, answers: Sequence[Answer], *, calm: str, check: Check) -> None:
    """Each bad answer becomes a golden case, with what it should have said."""
    bad = next(a for a in answers if any(word in a.text for word in FORBIDDEN))
    moment = f"t{bad.stamp['timeline']}@{bad.stamp['tick']}"
    before = cases(folder)
    for answer, known in zip(answers, OVERHEARD, strict=True):
        words = [f"--forbid={word}" for word in FORBIDDEN]
        words += [f"--facts={fact}" for fact in known["facts"]]
        holdfast(
            folder,
            *("dataset", "add", answer.decision, "--tag", "incident", *words),
            *("--reason", "the draft promised 90 %"),
        )
    after = cases(folder)
    new = {answer.decision for answer in answers}
    check(
        after == before | new and not before & new,
        f"{len(new)} decisions of the incident are golden cases now, {len(after)} in all",
    )
    held = gate(folder, "--baseline-at", calm)
    check(held["verdict"] == "pass", "the grown gate passes what answers now")
    failed = gate(folder, "--at", moment, "--baseline-at", calm)
    against = {shift["case"] for row in failed["rows"] for shift in row["against"]}
    check(
        failed["verdict"] == "fail" and bool(against & new),
        f"the grown gate fails what answered at {moment}, by {len(against & new)} of the new cases "
        "too",
    )


def cases(folder: Path) -> set[str]:
    """Names of the golden cases."""
    shown = json.loads(holdfast(folder, "dataset", "show", "golden", "--json"))
    return {case["id"] for case in shown["cases"]}


def gate(folder: Path, *words: str) -> dict[str, object]:
    """The golden gate's verdict on what is deployed."""
    told = holdfast(
        folder,
        *("gate", "golden", "--candidate", "deployed", *words, "--format", "json"),
        may_fail=True,
    )
    found: dict[str, object] = json.loads(told)
    return found


def holdfast(folder: Path, *words: str, may_fail: bool = False) -> str:
    """Run the command line and give what it printed."""
    print(f"$ holdfast {' '.join(words)}", flush=True)
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *words]
    done = subprocess.run(command, check=not may_fail, stdout=subprocess.PIPE, text=True)
    return done.stdout
