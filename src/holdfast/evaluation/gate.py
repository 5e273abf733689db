"""The gate: is the candidate good enough, and not worse than the baseline by more than a margin?

Every metric is judged on all cases and on each slice of the suite, its threshold and its margin
each as a row. Samples of a case are averaged first; cases of one cluster count together. All
chances to fail go through Holm's correction, so that a candidate that is as good as it must be
fails in at most ``1 - confidence`` of repetitions, however many rows there are. To pass, every row
must pass, which needs no correction (R. L. Berger 1982, Technometrics 24, 295-300). What is
neither is *inconclusive*, and does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from holdfast.domain.dataset import Case
from holdfast.errors import StatisticsError
from holdfast.evaluation.flaky import Steadiness
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.more import cases_needed
from holdfast.evaluation.rates import Rate, rates
from holdfast.evaluation.suite import Metric, Suite
from holdfast.evaluation.threshold import hold
from holdfast.statistics.multiplicity import holm
from holdfast.statistics.paired import McNemar, mcnemar, non_inferiority
from holdfast.statistics.sequential import Verdict

MISSING = 0.05
"""Share of a run's outputs that may be lacking; with more, nothing passes."""
SHOWN = 10
"""Cases that a row names."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A case that speaks against the candidate, with its mean scores."""

    case: str
    candidate: float
    baseline: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One claim about one metric on one slice (empty: all cases), and its verdict.

    ``kind`` margin: ``estimate`` is candidate minus baseline, and ``low`` must be above ``-bar``
    (of a metric where lower is better: ``high`` below ``bar``). ``kind`` threshold: ``estimate``
    is the candidate's mean, and ``bar`` what it must reach. ``p_value`` is Holm's, of failing.
    """

    metric: str
    slice: str
    kind: str
    verdict: Verdict
    bar: float
    cases: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float = 1.0
    more: int | None = None
    """How many more cases would probably decide, when it is inconclusive."""
    reason: str = ""
    against: tuple[Shift, ...] = ()
    """The cases that speak against the candidate most, worst first."""
    changed: McNemar | None = None
    """For assertions: cases lost and gained, and the exact p-value that it became worse."""
    higher: bool = True
    """Whether higher is better."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says, row by row; ``baseline`` empty when there was none."""

    suite: str
    verdict: Verdict
    candidate: str
    baseline: str
    confidence: float
    rows: tuple[Row, ...]
    asked: int = 0
    """Cases that were asked."""
    flaky: tuple[Steadiness, ...] = ()
    """Cases that differ from themselves, by this and the suite's newest runs."""
    of: int = 0
    """Cases that the suite has; more than ``asked`` when the verdict was certain before."""
    judged: tuple[Rate, ...] = ()
    """What judges say, raw and corrected, and which of them nobody has calibrated."""

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that decided: those against the candidate in rows that did not pass."""
        told = (shift.case for row in self.rows if row.verdict != "pass" for shift in row.against)
        return tuple(dict.fromkeys(told))


def gate(suite: Suite, candidate: Measured, *, baseline: Measured | None = None) -> Gate:
    """The verdict on a candidate; without a baseline only thresholds are judged."""
    sides = [candidate] if baseline is None else [candidate, baseline]
    return settle(
        suite, judged(suite, candidate, baseline=baseline), sides=sides, of=len(candidate.cases)
    )


def settle(suite: Suite, rows: Sequence[Row], *, sides: Sequence[Measured], of: int) -> Gate:
    """The gate of rows that were judged one by one: what lacks data is in doubt, Holm decides.

    ``sides`` are the candidate and any baseline, ``of`` the cases that the suite has.
    """
    if rows:
        found = holm([row.p_value for row in rows], alpha=1 - suite.confidence)
        rows = [
            _settled(_doubted(row, sides), p_value=float(p), fails=bool(fails))
            for row, p, fails in zip(rows, found.adjusted, found.rejected, strict=True)
        ]
    candidate = sides[0]
    return Gate(
        suite.name,
        overall(rows),
        candidate.run.id,
        sides[1].run.id if len(sides) > 1 else "",
        suite.confidence,
        tuple(rows),
        asked=len(candidate.cases),
        of=of,
        judged=tuple(
            rate for side in sides for rate in rates(suite, side, confidence=suite.confidence)
        ),
    )


def overall(rows: Sequence[Row]) -> Verdict:
    """A gate's verdict: that of its worst row."""
    verdicts = {row.verdict for row in rows}
    order: tuple[Verdict, ...] = ("fail", "inconclusive", "pass")
    return next((verdict for verdict in order if verdict in verdicts), "pass")


def blank_rows(suite: Suite, *, paired: bool) -> Iterator[tuple[Row, Metric]]:
    """Every claim that a suite makes, not judged yet; margins only where there is a baseline."""
    for metric in suite.metrics:
        for part in ("", *suite.slices):
            for kind in ("threshold", "margin"):
                bar: float | None = getattr(metric, kind)
                if bar is not None and (kind == "threshold" or paired):
                    row = Row(metric.name, part, kind, "inconclusive", bar, 0)
                    yield replace(row, higher=metric.higher), metric


def counts(case: Case, row: Row, *, suite: Suite) -> bool:
    """Whether a case counts in a row: it is in the slice, and in no quarantine."""
    return (not row.slice or row.slice in case.tags) and case.id not in suite.quarantine


def judged(suite: Suite, candidate: Measured, *, baseline: Measured | None) -> list[Row]:
    """Every row on its own: ``p_value`` is not corrected yet, and no row has failed."""
    found = []
    for row, metric in blank_rows(suite, paired=baseline is not None):
        cases = [case for case in candidate.cases if counts(case, row, suite=suite)]
        sides = [candidate]
        if row.kind == "margin" and baseline is not None:
            sides.append(baseline)
        judge = _threshold if row.kind == "threshold" else _margin
        try:
            found.append(judge(row, metric, suite=suite, cases=cases, sides=sides))
        except StatisticsError as e:
            found.append(replace(row, reason=str(e)))
    return found


def _doubted(row: Row, sides: Sequence[Measured]) -> Row:
    """A row may not pass while much of what it should rest on is lacking."""
    if row.verdict != "pass":
        return row
    reason = _doubt(row, sides if row.kind == "margin" else sides[:1])
    return replace(row, verdict="inconclusive", reason=reason, more=None) if reason else row


def _threshold(
    row: Row, metric: Metric, *, suite: Suite, cases: Sequence[Case], sides: Sequence[Measured]
) -> Row:
    values = sides[0].values(metric.name)
    there = [case for case in cases if case.id in values]
    if not there:
        return replace(row, reason="no case has a score")
    means = [_mean(values[case.id]) for case in there]
    held = hold(
        means,
        bar=row.bar,
        higher=metric.higher,
        clusters=_clusters(there),
        confidence=suite.confidence,
    )
    shifts = [Shift(case.id, mean, None) for case, mean in zip(there, means, strict=True)]
    short = [
        s for s in shifts if (s.candidate < row.bar) == metric.higher and s.candidate != row.bar
    ]
    gap = abs(held.estimate - row.bar)
    more = cases_needed(means, gap=gap, confidence=suite.confidence) - len(means)
    return replace(
        row,
        verdict="pass" if held.passes else "inconclusive",
        cases=len(there),
        estimate=held.estimate,
        low=held.low,
        high=held.high,
        p_value=held.p_fail,
        more=max(more, 1),
        against=_worst(short, lambda s: s.candidate, higher=metric.higher),
    )


def _margin(
    row: Row, metric: Metric, *, suite: Suite, cases: Sequence[Case], sides: Sequence[Measured]
) -> Row:
    after, before = (side.values(metric.name) for side in sides)
    there = [case for case in cases if case.id in after and case.id in before]
    if not there:
        return replace(row, reason="no case has a score on both sides")
    shifts = [Shift(c.id, _mean(after[c.id]), _mean(before[c.id])) for c in there]
    sign = 1.0 if metric.higher else -1.0
    new = [sign * shift.candidate for shift in shifts]
    old = [sign * (shift.baseline or 0.0) for shift in shifts]
    found = non_inferiority(
        old,
        new,
        margin=row.bar,
        clusters=_clusters(there),
        bounds=_bounds([*old, *new]),
        confidence=suite.confidence,
    )
    limits = sorted((sign * found.difference.low, sign * found.difference.high))
    moves = [a - b for a, b in zip(new, old, strict=True)]
    gap = abs(found.difference.estimate + row.bar)
    more = cases_needed(moves, gap=gap, confidence=suite.confidence) - len(moves)
    lost = [shift for shift, move in zip(shifts, moves, strict=True) if move < 0]
    return replace(
        row,
        verdict="pass" if found.verdict == "pass" else "inconclusive",
        cases=len(there),
        estimate=sign * found.difference.estimate,
        low=limits[0],
        high=limits[1],
        p_value=found.p_fail,
        more=max(more, 1),
        against=_worst(lost, lambda s: s.candidate - (s.baseline or 0.0), higher=metric.higher),
        changed=_changed(old, new) if sign > 0 else None,
    )


def _settled(row: Row, *, p_value: float, fails: bool) -> Row:
    """The row with its last word; only what is still open needs more cases."""
    verdict: Verdict = "fail" if fails else row.verdict
    more = row.more if verdict == "inconclusive" and row.estimate is not None else None
    return replace(row, verdict=verdict, p_value=p_value, more=more)


def _doubt(row: Row, sides: Sequence[Measured]) -> str:
    """Why a row may not pass: much of what it should rest on is lacking. Empty when it may."""
    for side in sides:
        there = len(side.outputs) - side.errors
        if side.wanted - there > MISSING * side.wanted:
            return f"{side.wanted - there} of {side.wanted} outputs of {side.run.id} are lacking"
        crashed = side.crashed(row.metric)
        if crashed:
            return f"the scorer crashed on {crashed} outputs of {side.run.id}"
    return ""


def _changed(old: Sequence[float], new: Sequence[float]) -> McNemar | None:
    """For assertions that every sample of a case agrees on."""
    if set(old) | set(new) <= {0.0, 1.0}:
        return mcnemar([bool(x) for x in old], [bool(x) for x in new], alternative="less")
    return None


def _worst(
    shifts: Sequence[Shift], key: Callable[[Shift], float], *, higher: bool
) -> tuple[Shift, ...]:
    return tuple(sorted(shifts, key=key, reverse=not higher)[:SHOWN])


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """Scores lie in (0, 1) or (-1, 1); amounts between 0 and the largest seen."""
    low, high = min(values), max(values)
    if high > 0 or low == 0:
        return (0.0 if low >= 0 else min(-1.0, low), max(1.0, high))
    return low, 0.0


def _clusters(cases: Sequence[Case]) -> list[str]:
    return [f"cluster {case.cluster}" if case.cluster else f"case {case.id}" for case in cases]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
