"""Which of two answers is better? Asked twice, with the positions swapped.

A preference counts only where the other order does not contradict it. Where the judge follows the
position instead, the pair counts as a tie and is called *split*; how often the first position wins
is a figure of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Sample
from holdfast.errors import StatisticsError
from holdfast.evaluation.judge.panel import Panel, values
from holdfast.evaluation.judge.prompt import FIRST, SECOND
from holdfast.evaluation.judge.vote import Vote
from holdfast.evaluation.spread import spread
from holdfast.statistics.interval import Interval, mean_interval, rate_interval
from holdfast.statistics.paired import mcnemar

Better: TypeAlias = Literal["candidate", "baseline", "tie", "split", "open", "failed"]

EVEN = 0.5
POINTS: Mapping[str, float] = {"candidate": 1.0, "baseline": 0.0, "tie": EVEN, "split": EVEN}


@dataclass(frozen=True, slots=True)
class Preference:
    """What a judge says of one pair. ``votes`` of both orders: the candidate first, then last."""

    case: str
    sample: int
    better: Better
    error: str = ""
    votes: tuple[tuple[Vote, ...], tuple[Vote, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Two runs compared by a judge.

    ``rate`` is the candidate's share of wins, ties and splits counting half, cases (or clusters)
    being independent. ``p_value`` is that of the sign test on cases that one of them wins.
    ``first`` is how often the first position is preferred where one is: 0.5 without a bias.
    """

    wins: int
    losses: int
    ties: int
    split: int
    open: int
    failed: int
    rate: Interval | None
    p_value: float
    first: Interval | None
    pairs: tuple[Preference, ...]


def prefer(panel: Panel, case: Case, *, candidate: Output, baseline: Output) -> Preference:
    """What a judge prefers, in both orders. The same answer twice is a tie, and nobody is asked.

    Raises ``BudgetError``, ``JudgeDownError``.
    """
    found = Preference(case.id, candidate.sample, "tie")
    if candidate.answer.strip() == baseline.answer.strip():
        return found
    evidence = {p.text: p for p in (*candidate.passages, *baseline.passages)}
    shown = values(Sample(case, replace(candidate, passages=tuple(evidence.values()))))
    orders = ((candidate, baseline), (baseline, candidate))
    votes = tuple(
        panel.votes({**shown, FIRST: one.answer, SECOND: other.answer}) for one, other in orders
    )
    marks = [panel.combined(order).mark for order in votes]
    found = replace(found, votes=(votes[0], votes[1]))
    if marks[0] is None or marks[1] is None:
        failures = [vote.error for order in votes for vote in order if vote.error]
        return replace(
            found, better="failed" if failures else "open", error=failures[0] if failures else ""
        )
    return replace(found, better=_better(marks[0], 1 - marks[1]))


def compare(
    panel: Panel, pairs: Sequence[tuple[Case, Output, Output]], *, confidence: float = 0.95
) -> Pairwise:
    """What a judge prefers of every (case, candidate's output, baseline's output)."""
    found = spread(
        lambda pair: prefer(panel, pair[0], candidate=pair[1], baseline=pair[2]),
        pairs,
        threads=panel.threads,
    )
    names = {case.id: case.cluster or f"case {case.id}" for case, _, _ in pairs}
    return summary(found, clusters=names, confidence=confidence)


def summary(
    found: Sequence[Preference], *, clusters: Mapping[str, str], confidence: float
) -> Pairwise:
    """The counts and figures of preferences."""
    counts = {name: sum(p.better == name for p in found) for name in (*POINTS, "open", "failed")}
    points = [(clusters[p.case], POINTS[p.better]) for p in found if p.better in POINTS]
    won = [True] * counts["candidate"] + [False] * counts["baseline"]
    return Pairwise(
        counts["candidate"],
        counts["baseline"],
        counts["tie"],
        counts["split"],
        counts["open"],
        counts["failed"],
        _rate(points, confidence),
        mcnemar([not w for w in won], won).p_value if won else 1.0,
        _first(found, confidence),
        tuple(found),
    )


def _rate(points: Sequence[tuple[str, float]], confidence: float) -> Interval | None:
    """The mean of points by cluster."""
    values = [value for _, value in points]
    if not values:
        return None
    try:
        found = mean_interval(
            values,
            clusters=[name for name, _ in points],
            bounds=(0.0, 1.0),
            confidence=confidence,
        )
    except StatisticsError:
        return None
    return replace(found, estimate=sum(values) / len(values))


def _better(candidate: float, swapped: float) -> Better:
    """``candidate``: the mark it got when shown first, ``swapped`` when shown second."""
    if candidate == EVEN and swapped == EVEN:
        return "tie"
    if candidate >= EVEN and swapped >= EVEN:
        return "candidate"
    if candidate <= EVEN and swapped <= EVEN:
        return "baseline"
    return "split"


def _first(found: Sequence[Preference], confidence: float) -> Interval | None:
    """How often the first position wins, over both orders of every pair that was asked."""
    marks = [
        v.mark for p in found for order in p.votes for v in order if v.mark not in (None, EVEN)
    ]
    if not marks:
        return None
    firsts = sum(mark == 1.0 for mark in marks)
    found_rate = rate_interval(firsts, len(marks), confidence=confidence)
    return replace(found_rate, estimate=firsts / len(marks))
