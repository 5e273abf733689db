"""The words that every report shares."""

from __future__ import annotations

from holdfast.evaluation.flaky import Steadiness
from holdfast.evaluation.gate import Gate, Row
from holdfast.evaluation.rates import Rate
from holdfast.statistics.interval import Interval

NAMED = 5
"""Cases that one line names."""


def claim(row: Row) -> str:
    """What a row claims, such as ``facts [discounts] >= 0.9``."""
    part = f" [{row.slice}]" if row.slice else ""
    if row.kind == "threshold":
        return f"{row.metric}{part} threshold {row.bar:g}"
    return f"{row.metric}{part} margin {row.bar:g}"


def found(row: Row) -> str:
    """What was measured, and how sure that is."""
    if row.estimate is None or row.low is None or row.high is None:
        return row.reason or "nothing was measured"
    sign = "+" if row.kind == "margin" else ""
    limits = f"{row.estimate:{sign}.4g} [{row.low:{sign}.4g}, {row.high:{sign}.4g}]"
    told = [f"{limits} on {row.cases} case{'' if row.cases == 1 else 's'}"]
    if row.changed is not None and row.changed.lost + row.changed.gained:
        told.append(
            f"lost {row.changed.lost}, gained {row.changed.gained} "
            f"(McNemar p {row.changed.p_value:.2g})"
        )
    if row.reason:
        told.append(row.reason)
    if row.more is not None:
        noun = "case" if row.more == 1 else "cases"
        told.append(f"about {row.more:,} more {noun} would decide")
    return "; ".join(told)


def coverage(gate: Gate) -> str:
    """How many cases it took; empty when all were asked."""
    if gate.asked >= gate.of:
        return ""
    if gate.verdict == "inconclusive":
        return f"stopped after {gate.asked:,} of {gate.of:,} cases: the rest would hardly decide"
    return f"certain after {gate.asked:,} of {gate.of:,} cases"


def unsteady(one: Steadiness) -> str:
    """How far a case differs from itself."""
    return (
        f"{one.case} passed {one.passed} of {one.samples} on {one.metric} "
        f"[{one.rate.low:.2f}, {one.rate.high:.2f}], {one.subject}"
    )


def against(row: Row) -> str:
    """The cases that speak against the candidate; empty for a row that passed."""
    if row.verdict == "pass" or not row.against:
        return ""
    named = [
        f"{shift.case} ({shift.candidate:g}"
        + (f", was {shift.baseline:g})" if shift.baseline is not None else ")")
        for shift in row.against[:NAMED]
    ]
    rest = len(row.against) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest > 0 else "")


def judged(rate: Rate) -> str:
    """What a judge says of a run in one metric, and how far that can be trusted."""
    who = f"{rate.metric} of {rate.run}, judge {rate.judge} {rate.digest}"
    if rate.application:
        who += f" for {rate.application}"
    told = [f"raw {_interval(rate.raw)}" if rate.raw else "no verdicts"]
    told += [f"{i.method} {_interval(i)}" for i in rate.corrected]
    told += [f"{rate.failed} failed"] if rate.failed else []
    told += [f"{rate.open} undecided"] if rate.open else []
    told += [rate.note] if rate.note else []
    return f"{who}{'' if rate.calibrated else ' UNCALIBRATED'}: {'; '.join(told)}"


def spent(rate: Rate) -> str:
    """What the judge of a rate was asked in this command."""
    s = rate.spent
    return (
        f"judge {rate.judge}: {s.asked:,} asked, {s.remembered:,} known already, "
        f"{s.cost.tokens:,} tokens, ${s.cost.dollars:.4f}"
    )


def _interval(found: Interval) -> str:
    return f"{found.estimate:.4g} [{found.low:.4g}, {found.high:.4g}]"
