"""Which decisions a person should look at next, and what the labels say of the true rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.errors import StatisticsError
from holdfast.observation.fact import Fact
from holdfast.observation.measure import Measure
from holdfast.observation.sampling import draw
from holdfast.statistics.interval import Interval
from holdfast.statistics.stratified import Stratum, next_label, stratified_rate


@dataclass(frozen=True, slots=True)
class Labelling:
    """A measure's rate as it was measured and as labels correct it, and what to label next."""

    measure: str
    measured: float | None
    corrected: Interval | None
    labels: int
    queue: tuple[Fact, ...]


def labelling(facts: Sequence[Fact], measure: Measure, *, most: int = 20) -> Labelling:
    """Strata are what the measure says: good, bad, nothing. Labels are by the measure's name.

    Each place of the queue goes to the stratum whose next label narrows the interval most; within
    a stratum, decisions are drawn by their ids, so the labels are a random sample of it.
    """
    parts: dict[bool | None, list[Fact]] = {}
    for fact in facts:
        said = measure.of(fact)
        parts.setdefault(None if said is None else bool(said), []).append(fact)
    if measure.name == "good":
        parts = {None: list(facts)}
    groups = [sorted(group, key=lambda fact: draw(fact.decision)) for group in parts.values()]
    strata = [_stratum(group, measure.name) for group in groups]
    labels = sum(one.labelled for one in strata)
    try:
        corrected = stratified_rate(strata) if labels else None
    except StatisticsError:
        corrected = None
    judged = [bool(said) for fact in facts if (said := measure.of(fact)) is not None]
    return Labelling(
        measure.name,
        sum(judged) / len(judged) if judged else None,
        corrected,
        labels,
        tuple(_queue(groups, strata, measure.name, most)),
    )


def _stratum(group: Sequence[Fact], name: str) -> Stratum:
    labels = [fact.labels[name] for fact in group if name in fact.labels]
    return Stratum(len(group), len(labels), sum(labels))


def _queue(
    groups: Sequence[Sequence[Fact]], strata: list[Stratum], name: str, most: int
) -> list[Fact]:
    waiting = [[fact for fact in group if name not in fact.labels] for group in groups]
    planned = list(strata)
    found: list[Fact] = []
    while len(found) < most and (best := next_label(planned)) is not None and waiting[best]:
        found.append(waiting[best].pop(0))
        one = planned[best]
        # As good as the rest of its part, as far as is known.
        planned[best] = replace(
            one, labelled=one.labelled + 1, good=min(one.good + round(one.rate), one.labelled + 1)
        )
    return found
