"""Is the verdict certain already? Asked while a run is under way, as often as one likes.

Each row of the gate is tested as it is at the end, by limits and p-values for whole clusters, at
the group-sequential level of its look (``statistics.spending``): all looks together, the last one
at all cases among them, err no more often than a gate that never looks. The verdict is *pass* once
every row's limit has been on the good side, *fail* as soon as one row's is on the bad side
(Bonferroni's share of the risk for each), and *inconclusive* before the end when what is left of
the cases would hardly change that. Amounts without an upper bound (latency, tokens, cost) are told
at the end only: nothing bounds what a few early ones may hide.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from holdfast.domain.dataset import Case
from holdfast.errors import StatisticsError
from holdfast.evaluation.gate import Gate, Row, blank_rows, counts, judged, settle
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.suite import Metric, Suite
from holdfast.evaluation.threshold import limits_at, p_value
from holdfast.statistics.interval import Interval
from holdfast.statistics.moments import group, moments
from holdfast.statistics.paired import non_inferiority
from holdfast.statistics.sequential import Verdict
from holdfast.statistics.spending import Spending, chance_left, overall_p_value

LEAST = 0.05
"""Share of a row's cases between two looks: closer ones save little."""
FEWEST = 10
"""Clusters that a look needs."""
HOPELESS = 0.02
"""Chance of a verdict below which what is left is not asked; costs that much power at most."""
BEFORE_HOPELESS = 0.2
"""Share of a row's cases before which nothing is given up."""


class Line:
    """What one row of the gate can say while cases come in."""

    def __init__(self, row: Row, metric: Metric, *, total: int, alpha: float, rows: int) -> None:
        self.row = row
        self.passed = self.failed = False
        self.low, self.high = -math.inf, math.inf
        self._best = row.kind == "threshold" and row.bar == (1.0 if metric.higher else 0.0)
        self._early = metric.higher and not self._best
        self._total = total
        self._good, self._bad = Spending(alpha), Spending(alpha / rows)
        self._shares: list[float] = []
        self._p_value = 1.0
        self._new: list[float] = []
        self._old: list[float] = []
        self._hope: tuple[float, float] | None = None
        self._clusters: list[str] = []
        self._asked = 0

    def add(self, cluster: str, values: Sequence[tuple[float, float] | None]) -> None:
        """Take a cluster: each case's mean and the baseline's (0 for a threshold), if scored."""
        self._asked += len(values)
        there = [value for value in values if value is not None]
        self._new += [new for new, _ in there]
        self._old += [old for _, old in there]
        self._clusters += [cluster] * len(there)
        if self._best:
            self.failed |= any(new != self.row.bar for new, _ in there)

    def look(self) -> None:
        """Test what is there, if there is enough of it since the last look."""
        last = self._shares[-1] if self._shares else 0.0
        share = self._asked / self._total if self._total else 0.0
        # What is left must be enough for a last look.
        due = share - last >= LEAST and 1 - share >= LEAST / 2
        if not self._early or not (due or (share == 1 and last < 1)):
            return
        if len(set(self._clusters)) < FEWEST and share < 1:
            return
        self._shares.append(share)
        levels = self._good.level(share), self._bad.level(share)
        try:
            self._test(*levels)
        except StatisticsError:
            # Too few clusters, or a score that no bounds hold for: this look says nothing.
            self._p_value = 1.0

    def _test(self, good: float, bad: float) -> None:
        bar = self.row.bar
        if self.row.kind == "margin":
            limits, chances = [], []
            for level in (good, bad):
                found = non_inferiority(
                    self._old,
                    self._new,
                    margin=bar,
                    clusters=self._clusters,
                    bounds=(min(0.0, *self._old, *self._new), 1.0),
                    confidence=1 - level,
                )
                limits.append(found.difference)
                chances.append(found.p_fail)
            self.passed |= limits[0].low > -bar
            self._p_value = chances[1]
        else:
            at = self._limits()
            limits = [at(good), at(bad)]
            self.passed |= limits[0].low >= bar
            self._p_value = 0.0 if limits[1].high < bar else 1.0
        self.failed |= self._p_value <= bad
        self._hope = self._chances()
        self.low, self.high = max(self.low, limits[0].low), min(self.high, limits[0].high)

    def may_pass(self) -> bool:
        """Whether asking the rest could well make it pass, if it has not."""
        return self.passed or self._hope is None or self._hope[0] >= HOPELESS

    def may_fail(self) -> bool:
        """Whether asking the rest could well make it fail."""
        return self._hope is None or self._hope[1] >= HOPELESS

    def _chances(self) -> tuple[float, float] | None:
        """That all cases will show the claim right, and wrong; None where that cannot be told."""
        share = self._shares[-1]
        if not BEFORE_HOPELESS <= share < 1:
            return None
        claim = -self.row.bar if self.row.kind == "margin" else self.row.bar
        gains = np.array(self._new) - np.array(self._old) - claim
        found = moments(group(gains, self._clusters))
        if not found.standard_error:
            return None
        z = found.mean / found.standard_error
        good, bad = self._good.alpha, self._bad.alpha
        return chance_left(z, share=share, alpha=good), chance_left(-z, share=share, alpha=bad)

    def told(self, row: Row, *, whole: bool) -> Row:
        """The row with limits, p-value and verdict that hold although one looked on the way.

        ``whole`` says that all cases were asked.
        """
        if not self._early:
            # What was asked says nothing yet of a mean, but one miss is a miss.
            if whole:
                return row
            chance = row.p_value if self.failed else 1.0
            return replace(row, verdict="inconclusive", p_value=chance, more=None)
        chance = overall_p_value(self._chance(), self._shares) if self._shares else 1.0
        # Rounding must not say otherwise than the look did.
        bad = self._bad.alpha
        chance = min(chance, bad) if self.failed else max(chance, math.nextafter(bad, 1.0))
        return replace(
            row,
            verdict="pass" if self.passed else "inconclusive",
            low=self.low if math.isfinite(self.low) else row.low,
            high=self.high if math.isfinite(self.high) else row.high,
            p_value=chance,
        )

    def _limits(self) -> Callable[[float], Interval]:
        return limits_at(self._new, self._clusters, bar=self.row.bar, higher=True, exact=True)

    def _chance(self) -> float:
        """The p-value of failing at the last look alone."""
        if self.row.kind == "margin":
            return self._p_value
        at = self._limits()
        return p_value(lambda alpha: at(alpha).high < self.row.bar)


class Watch:
    """The rows of a suite's gate under way; feed whole clusters of cases, in random order."""

    def __init__(self, suite: Suite, cases: Sequence[Case], *, paired: bool) -> None:
        self._suite = suite
        self._total = len(cases)
        self._asked = 0
        blank = list(blank_rows(suite, paired=paired))
        self._lines = [
            Line(
                row,
                metric,
                total=sum(counts(case, row, suite=suite) for case in cases),
                alpha=1 - suite.confidence,
                rows=len(blank),
            )
            for row, metric in blank
        ]

    def add(self, block: Sequence[Sequence[Case]], sides: Sequence[Measured]) -> None:
        """Take some clusters; ``sides`` (candidate, then any baseline) hold just their cases."""
        self._asked += sum(map(len, block))
        for line in self._lines:
            means = [side.means(line.row.metric) for side in sides]
            for cluster in block:
                there = [case for case in cluster if counts(case, line.row, suite=self._suite)]
                values = [_value(case.id, means, kind=line.row.kind) for case in there]
                line.add(str(_cluster(cluster[0])), values)
            line.look()

    @property
    def verdict(self) -> Verdict:
        """What is certain now."""
        if any(line.failed for line in self._lines):
            return "fail"
        if self._lines and all(line.passed for line in self._lines):
            return "pass"
        return "inconclusive"

    @property
    def hopeless(self) -> bool:
        """Whether what is left would hardly make a verdict of it."""
        hope = all(line.may_pass() for line in self._lines)
        return self.verdict == "inconclusive" and not (
            hope or any(line.may_fail() for line in self._lines)
        )

    def gate(self, candidate: Measured, baseline: Measured | None = None) -> Gate:
        """The gate's word on what was asked so far; both sides hold just those cases."""
        sides = [candidate, baseline] if baseline is not None else [candidate]
        rows = judged(self._suite, candidate, baseline=baseline)
        told = [
            line.told(row, whole=self._asked == self._total)
            for row, line in zip(rows, self._lines, strict=True)
        ]
        return settle(self._suite, told, sides=sides, of=self._total)


def clusters(cases: Sequence[Case], *, seed: int) -> list[list[Case]]:
    """Cases by cluster, in a random order that the seed gives."""
    found: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        found.setdefault(_cluster(case), []).append(case)
    groups = list(found.values())
    random.Random(seed).shuffle(groups)  # noqa: S311 - an order, no secret
    return groups


def _cluster(case: Case) -> tuple[str, str]:
    return ("cluster", case.cluster) if case.cluster else ("case", case.id)


def _value(
    case: str, sides: Sequence[Mapping[str, float]], *, kind: str
) -> tuple[float, float] | None:
    """A case's mean and what it is held against; None where a side has no score."""
    if case not in sides[0]:
        return None
    if kind == "threshold":
        return sides[0][case], 0.0
    return (sides[0][case], sides[1][case]) if case in sides[1] else None
