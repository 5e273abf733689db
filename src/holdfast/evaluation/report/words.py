"""The words that every report shares."""

from __future__ import annotations

from holdfast.evaluation.flaky import Steadiness
from holdfast.evaluation.gate import Gate, Row

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
