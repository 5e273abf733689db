"""Probes: how often they page for nothing in a year, and how soon they notice a change.

A provider gives four meanings with fixed rates, in lognormal times; rounds are judged as `serve`
judges them, with the embedded embedder. Beside it, what is done elsewhere: a chi-square test of
each round against the baseline at 5 %, and at 5 % over all rounds of the year (Bonferroni).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from table import show

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.observation.answers import Answer, UsualAnswers
from holdfast.observation.probe import parse
from holdfast.observation.vigil import Judging, Vigil

PROBE = parse('[probes.a]\nquestion = "May I return shoes?"').named("a")
TEXTS = (
    "Shoes can be returned within 30 days.",
    "Yes, you may return shoes within 30 days if you bring the receipt.",
    "Shoes that were worn cannot be returned.",
    "I am not sure; please ask in a shop.",
    "Shoes can be returned within 90 days.",
)
USUAL = (0.6, 0.25, 0.1, 0.05, 0.0)
CHANGES = {
    "all answers are others": (0.0, 0.0, 0.0, 0.0, 1.0),
    "half of them are": (0.3, 0.125, 0.05, 0.025, 0.5),
    "a fifth of them is": (0.48, 0.2, 0.08, 0.04, 0.2),
    "yes and no swap": (0.07, 0.03, 0.85, 0.05, 0.0),
}
THRESHOLD = 10 * PROBE.rounds_a_year / 0.5
"""Ten probes, one false page in two years of all of them together."""
MOST = 200


class Embedder:
    """The embedded one, asked once for each text."""

    def __init__(self) -> None:
        self._own = WordLlamaEmbedder()
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, from memory where they are known."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self._own.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


EMBEDDER = Embedder()


class Watched:
    """A probe's baseline, and where it stands."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.baseline = self.answers(PROBE.baseline, USUAL)
        self.usual = UsualAnswers.of(self.baseline, embedder=EMBEDDER)  # type: ignore[arg-type]
        self.vigil = Vigil.of(self.usual)

    def answers(self, n: int, rates: Sequence[float]) -> list[Answer]:
        """So many answers of the provider."""
        texts = self._random.choices(TEXTS, rates, k=n)
        return [
            Answer(text, "answered", self._random.lognormvariate(0, 0.3), "m") for text in texts
        ]

    def round(self, rates: Sequence[float]) -> list[Answer]:
        """One round; returns its answers."""
        answers = self.answers(PROBE.samples, rates)
        judging = Judging(self.usual, THRESHOLD, PROBE.overlap, 1, self._draws())
        self.vigil = self.vigil.update(answers, judging=judging)
        return answers

    def _draws(self) -> Iterator[float]:
        while True:
            yield self._random.random()


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a few rounds, not years")
    quick = options.parse_args().quick
    calm(rounds=200 if quick else 8_760, probes=4 if quick else 8)
    changed(probes=3 if quick else 20)


def calm(*, rounds: int, probes: int) -> None:
    """Nothing changes: pages."""
    pages = naive = strict = 0
    for seed in range(probes):
        one = Watched(seed)
        for _ in range(rounds):
            before = one.vigil.moved
            answers = one.round(USUAL)
            pages += bool(one.vigil.moved) and not before
            p = chi_square(one.baseline, answers)
            naive += p < 0.05
            strict += p < 0.05 / PROBE.rounds_a_year
    years = probes * rounds / PROBE.rounds_a_year
    show(
        "Nothing changes: false pages of a probe",
        inputs=f"{probes} probes of {rounds} rounds of {PROBE.samples}, {years:.2f} years in all",
        columns=("method", "pages", "a year"),
        rows=[
            ["probes", pages, pages / years],
            ["chi-square at 5 %", naive, naive / years],
            ["chi-square, Bonferroni", strict, strict / years],
        ],
    )


def chi_square(baseline: Sequence[Answer], answers: Sequence[Answer]) -> float:
    """P-value of a round against the baseline, as it is often done."""
    texts = sorted({one.text for one in (*baseline, *answers)})
    table = [[sum(one.text == text for one in side) for text in texts]
             for side in (baseline, answers)]  # fmt: skip
    return float(stats.chi2_contingency(table).pvalue) if len(texts) > 1 else 1.0


def changed(*, probes: int) -> None:
    """Something changes: rounds until it is noticed."""
    rows: list[list[object]] = []
    for name, rates in CHANGES.items():
        for before in (10, 100):
            needed = [rounds_until(seed, rates, before=before) for seed in range(probes)]
            found = sum(n <= MOST for n in needed)
            rows.append([name, before, float(np.median(needed)), max(needed), f"{found}/{probes}"])
    show(
        "Something changes: rounds until a page",
        inputs=f"{probes} probes, {PROBE.samples} answers a round, baseline {PROBE.baseline}; "
        f"given up after {MOST} rounds",
        columns=("change", "calm rounds before", "median", "longest", "noticed"),
        rows=rows,
    )


def rounds_until(seed: int, rates: Sequence[float], *, before: int) -> int:
    """Rounds after a change until something has moved."""
    one = Watched(seed)
    for _ in range(before):
        one.round(USUAL)
    for number in range(1, MOST + 1):
        one.round(rates)
        if one.vigil.moved:
            return number
    return MOST + 1


if __name__ == "__main__":
    main()
