"""Is the verdict certain already? Asked while a run is under way, as often as one likes.

Half of the risk (``1 - confidence``) is spent on looking early, the other half on the last look at
all cases, so that the gate errs no more often than one that never looks. Each row keeps limits
that hold at all times (``statistics.limits``). The verdict is *pass* as soon as every row's limit
is on the good side, *fail* as soon as one row's is on the bad side (Bonferroni's share of the risk
for each). Amounts without an upper bound (latency, tokens, cost) cannot be told early.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.domain.dataset import Case
from holdfast.errors import StatisticsError
from holdfast.evaluation.gate import Gate, Row, blank_rows, counts, doubt, gate, overall
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.suite import Metric, Suite
from holdfast.statistics.limits import RunningLimits
from holdfast.statistics.sequential import Verdict

SHARE = 0.5
"""Of the risk, what looking early may use."""
NEARLY = 1e-9


class Line:
    """What one row of the gate can say while cases come in."""

    def __init__(self, row: Row, metric: Metric, *, largest: int) -> None:
        self.row = row
        self._best = row.kind == "threshold" and row.bar == (1.0 if metric.higher else 0.0)
        self._missed = False
        self._claim = -row.bar if row.kind == "margin" else row.bar
        self._limits: RunningLimits | None = None
        if metric.higher and not self._best:
            margin = row.kind == "margin"
            self._limits = RunningLimits(
                bounds=(-1.0, 1.0) if margin else (0.0, 1.0),
                expected=0.0 if margin else None,
                claim=self._claim,
                largest=largest,
            )

    def add(self, values: Sequence[float]) -> None:
        """Take one cluster's values: means of its cases, or their differences."""
        if self._best:
            self._missed |= any(value != self.row.bar for value in values)
        if self._limits is not None and values:
            try:
                self._limits.update(sum(values), len(values))
            except StatisticsError:
                # A score outside 0 to 1 has no bounds that are known before.
                self._limits = None

    def passes(self, risk: float) -> bool:
        """Whether the claim holds, with a risk of so much."""
        return self._limits is not None and self._limits.low(risk) >= self._claim - NEARLY

    def fails(self, risk: float) -> bool:
        """Whether the claim does not hold, with a risk of so much."""
        if self._limits is None:
            return self._missed
        return self._limits.high(risk) <= self._claim + NEARLY

    def told(self, row: Row, verdict: Verdict, *, risk: float, rows: int) -> Row:
        """The row with the limits and the verdict that hold although it was stopped early."""
        if self._limits is None:
            return replace(row, verdict=verdict, more=None)
        chance = min(1.0, rows * self._limits.p_above(self._claim) / SHARE)
        return replace(
            row,
            verdict=verdict,
            low=self._limits.low(risk),
            high=self._limits.high(risk),
            p_value=chance,
            more=row.more if verdict == "inconclusive" else None,
        )


class Watch:
    """The rows of a suite's gate under way; feed whole clusters of cases, in random order."""

    def __init__(self, suite: Suite, cases: Sequence[Case], *, paired: bool) -> None:
        self._suite = suite
        self._paired = paired
        self._total = len(cases)
        self._risk = SHARE * (1 - suite.confidence)
        self._asked = 0
        self._lines = [
            Line(row, metric, largest=_largest([c for c in cases if counts(c, row, suite=suite)]))
            for row, metric in blank_rows(suite, paired=paired)
        ]

    def add(self, block: Sequence[Sequence[Case]], sides: Sequence[Measured]) -> None:
        """Take some clusters; ``sides`` (candidate, then any baseline) hold just their cases."""
        self._asked += sum(map(len, block))
        for line in self._lines:
            means = [side.means(line.row.metric) for side in sides]
            for cluster in block:
                there = [
                    _value(case.id, means, kind=line.row.kind)
                    for case in cluster
                    if counts(case, line.row, suite=self._suite)
                ]
                line.add([value for value in there if value is not None])

    @property
    def verdict(self) -> Verdict:
        """What is certain now."""
        if any(line.fails(self._risk / len(self._lines)) for line in self._lines):
            return "fail"
        if self._lines and all(line.passes(self._risk) for line in self._lines):
            return "pass"
        return "inconclusive"

    def gate(self, candidate: Measured, baseline: Measured | None = None) -> Gate:
        """The gate's word on what was asked so far; both sides hold just those cases."""
        last = replace(self._suite, confidence=1 - (1 - SHARE) * (1 - self._suite.confidence))
        whole = gate(last, candidate, baseline=baseline)
        sides = [candidate, baseline] if baseline is not None else [candidate]
        rows = tuple(
            self._row(row, line, sides=sides)
            for row, line in zip(whole.rows, self._lines, strict=True)
        )
        return replace(
            whole,
            verdict=overall(rows),
            confidence=self._suite.confidence,
            rows=rows,
            of=self._total,
        )

    def _row(self, row: Row, line: Line, *, sides: Sequence[Measured]) -> Row:
        count = len(self._lines)
        early: Verdict = "inconclusive"
        if line.fails(self._risk / count):
            early = "fail"
        elif line.passes(self._risk) and not doubt(row, sides):
            early = "pass"
        # When all cases are there, the last look says what was not certain on the way.
        if self._asked == self._total and (early == "inconclusive" or row.verdict == "fail"):
            return row
        return line.told(row, early, risk=self._risk, rows=count)


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


def _largest(cases: Sequence[Case]) -> int:
    return max(Counter(map(_cluster, cases)).values(), default=1)


def _value(case: str, sides: Sequence[Mapping[str, float]], *, kind: str) -> float | None:
    """A case's mean, or its difference to the baseline; None where a side has no score."""
    if case not in sides[0]:
        return None
    if kind == "threshold":
        return sides[0][case]
    return sides[0][case] - sides[1][case] if case in sides[1] else None
