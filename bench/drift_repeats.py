"""Answers at a temperature: false alarms when only questions change, and changes that are found.

Forty questions, some asked far more often than others, each with up to three meanings of answers in
shares of its own. Then the questions change places, or a share of the answers becomes another one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from drift_season import FACT
from numpy.typing import NDArray
from table import show

from holdfast.observation.drift.columns import tabulate
from holdfast.observation.drift.fitted import fit
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.threshold import thresholds
from holdfast.observation.drift.watched import Watched

QUESTIONS, REFERENCE, WINDOW, RATE = 40, 400, 50, 0.05
WATCH = ("answer.change", "answer.meaning")
WIDTH = 64
Floats = NDArray[np.float64]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a fifth of the runs")
    runs = 20 if options.parse_args().quick else 100
    rows: list[list[object]] = []
    for what, other, changed in (
        ("nothing", False, 0.0),
        ("questions", True, 0.0),
        ("a fifth of the answers", False, 0.2),
        ("half of the answers", False, 0.5),
        ("both: questions, half of the answers", True, 0.5),
    ):
        told = np.array(
            [one for seed in range(runs) for one in run(seed, other=other, changed=changed)]
        )
        rows.append([what, *(100 * told.mean(axis=0)).tolist()])
    show(
        "Answers at a temperature: windows that are alarms",
        inputs=f"{runs} references of {REFERENCE} decisions, 4 windows of {WINDOW} each at "
        f"{RATE:.0%}; {QUESTIONS} questions, up to three answers each",
        columns=("what changes", "answer.change %", "answer.meaning %", "evidence above 20 %"),
        rows=rows,
    )


def run(seed: int, *, other: bool, changed: float) -> list[tuple[bool, bool, bool]]:
    """Of each window after a reference: the alarms of both signals, and the evidence."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([1.0, 0.5, 0.2], size=QUESTIONS)
    mix = rng.dirichlet([0.7] * QUESTIONS)
    known = asked(rng, REFERENCE, mix=mix, shares=shares, changed=0.0)
    monitor = Monitor(
        name="answers", watch=WATCH, window=WINDOW, reference=REFERENCE, alarm_rate=RATE, floor=0.0
    )
    usual = fit(monitor, known, embed=embed, embedder="", source="")
    table = tabulate(known, WATCH, topics=usual.topics, embed=embed)
    found, _ = thresholds(usual, table, monitor=monitor)
    watched = Watched(usual, found, monitor=monitor, embed=embed, recalled=known)
    later = rng.permutation(mix) if other else mix
    told = []
    for _ in range(4):
        watched.feed(asked(rng, WINDOW, mix=later, shares=shares, changed=changed))
        by = {one.signal: one for one in watched.judge().findings}
        own = by.get("answer.change")
        over = own is not None and own.over
        told.append((over, by["answer.meaning"].over, own is not None and own.e_value > 20))
    return told


def asked(
    rng: np.random.Generator, n: int, *, mix: Floats, shares: Floats, changed: float
) -> list[Seen]:
    """Decisions: a question, and one of its answers; or an answer that it never had."""
    found = []
    for _ in range(n):
        question = int(rng.choice(QUESTIONS, p=mix))
        meaning = 3 if rng.random() < changed else int(rng.choice(3, p=shares[question]))
        name = f"d{int(rng.integers(1 << 60))}"
        fact = replace(FACT, decision=name, question=f"{words(question)}?")
        found.append(Seen(0, fact, f"{words(question)} {words(100 + 4 * question + meaning)}"))
    return found


@cache
def words(number: int) -> str:
    """A word without digits, so that no answer is told from another by its numbers."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")


def embed(texts: Sequence[str]) -> Floats:
    """Unit vectors by a text's words, the last of which counts most."""
    found = [_vector(text) for text in texts]
    return np.array(found).reshape(len(found), WIDTH)


@cache
def _vector(text: str) -> Floats:
    total = np.zeros(WIDTH)
    for weight, word in enumerate(text.split(), start=1):
        total += weight**2 * np.random.default_rng([*word.encode()]).normal(size=WIDTH)
    return total / np.linalg.norm(total)


if __name__ == "__main__":
    main()
