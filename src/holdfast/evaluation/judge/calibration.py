"""How far a judge is right, measured on answers that people have labelled."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from holdfast.domain.digest import JsonObject
from holdfast.errors import StatisticsError
from holdfast.statistics.agreement import cohen_kappa, krippendorff_alpha
from holdfast.statistics.discrimination import auroc, choose_threshold, confusion
from holdfast.statistics.interval import Interval
from holdfast.statistics.judged import JudgeCalibration

FOLDS = 5
FEW = 3
"""With fewer different marks, the threshold of the file is as good as any."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled answer, and what the judge says of it.

    ``verdict`` comes from a threshold that was chosen without this item (see ``measure``); None
    when the judge failed or could not tell. ``run``, ``case`` and ``sample`` say which output it
    is, if it is one of a run.
    """

    label: bool
    mark: float | None
    verdict: bool | None
    run: str = ""
    case: str = ""
    sample: int = 0
    ratings: tuple[tuple[str, bool], ...] = ()
    """What each annotator said."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Does a verdict move with what should not move it?

    ``moved`` of ``n`` verdicts changed, ``up`` of them from bad to good; ``rate`` is their share.
    ``p_value`` tells whether they move into one direction more often than chance would. ``note``
    says why nothing was measured.
    """

    name: str
    n: int = 0
    moved: int = 0
    up: int = 0
    rate: Interval | None = None
    p_value: float | None = None
    alpha: float | None = None
    """Krippendorff's, between the verdicts before and after."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is known of one judge digest on one application."""

    judge: str
    digest: str
    application: str
    threshold: float
    items: tuple[Item, ...]
    sensitivity: Interval
    specificity: Interval
    balanced_accuracy: Interval
    kappa: Interval | None
    alpha: float | None
    """Krippendorff's, of the judge with people."""
    people: float | None
    """Krippendorff's, of people with each other; None with one annotator."""
    auroc: Interval | None
    failed: int
    undecided: int
    ties: int = 0
    """Answers that people are split on evenly; they are left out."""
    served: tuple[str, ...] = ()
    """Models that answered, as their providers call them."""
    probes: tuple[Probe, ...] = ()

    def record(self, *, without: str = "") -> JudgeCalibration:
        """The judge's right calls, those on outputs of one run left out.

        Raises ``StatisticsError`` when no good or no bad answer is left.
        """
        rows = [
            i for i in self.items if i.verdict is not None and (not without or i.run != without)
        ]
        bad, good = ([i for i in rows if i.label is kind] for kind in (False, True))
        if not good or not bad:
            raise StatisticsError("beside the labels of this very run there is one kind at most")
        right = [sum(i.verdict is i.label for i in kind) for kind in (bad, good)]
        return JudgeCalibration(right[0], len(bad), right[1], len(good))

    def json(self) -> JsonObject:
        """As JSON; the items are many and kept apart."""
        value = asdict(self)
        del value["items"]
        return {**value, "served": list(self.served), "probes": [asdict(p) for p in self.probes]}


def from_json(value: JsonObject, items: Sequence[JsonObject]) -> Calibration:
    """A calibration as it was before it was stored."""
    given: dict[str, Any] = dict(value)
    for name in ("sensitivity", "specificity", "balanced_accuracy", "kappa", "auroc"):
        given[name] = _interval(given[name])
    given["served"] = tuple(given["served"])
    given["probes"] = tuple(Probe(**{**p, "rate": _interval(p["rate"])}) for p in given["probes"])
    given["items"] = tuple(
        Item(**{**item, "ratings": tuple((who, said) for who, said in item["ratings"])})
        for item in items
    )
    return Calibration(**given)


def choose(
    labels: Sequence[bool], marks: Sequence[float | None], *, default: float, even: bool = False
) -> tuple[float, list[bool | None]]:
    """The threshold that tells good from bad marks best, and verdicts that did not choose theirs.

    With several marks the verdict of each answer comes from the threshold that the other folds
    choose, so that what is counted of them does not flatter. With few marks, or too few labels of
    a kind, the default stays. With ``even`` a mark at the default threshold is a tie.
    """
    there = [i for i, mark in enumerate(marks) if mark is not None]
    kinds = [[i for i in there if labels[i] is kind] for kind in (True, False)]
    verdicts: list[bool | None] = [None] * len(labels)
    distinct = {marks[i] for i in there}
    if len(distinct) < FEW or min(map(len, kinds)) < FOLDS:
        for i in there:
            tie = even and marks[i] == default
            verdicts[i] = None if tie else (marks[i] or 0.0) >= default
        return default, verdicts
    folds: list[list[int]] = [[] for _ in range(FOLDS)]
    for rows in kinds:
        shuffled = random.Random(0).sample(rows, len(rows))  # noqa: S311 - nothing is secret here
        for place, i in enumerate(shuffled):
            folds[place % FOLDS].append(i)
    for fold in folds:
        cut = _cut([i for i in there if i not in set(fold)], labels, marks, default)
        for i in fold:
            verdicts[i] = (marks[i] or 0.0) >= cut
    return _cut(there, labels, marks, default), verdicts


def measure(items: Sequence[Item]) -> dict[str, Any]:
    """The figures of a calibration, by the names of its fields.

    Raises ``StatisticsError`` when the judge gave no verdict on good, or on bad answers.
    """
    rows = [item for item in items if item.verdict is not None]
    labels, verdicts = [i.label for i in rows], [bool(i.verdict) for i in rows]
    if len(set(labels)) < 2:  # noqa: PLR2004 - good and bad
        kind = "no answer" if not rows else "good answers only" if labels[0] else "bad answers only"
        raise StatisticsError(f"the judge gave a verdict on {kind}; it needs both kinds")
    table = confusion(labels, verdicts)
    names = sorted({who for item in items for who, _ in item.ratings})
    ratings = [[dict(item.ratings).get(name) for item in items] for name in names]
    marks = [(i.mark, i.label) for i in items if i.mark is not None]
    several = len({mark for mark, _ in marks}) >= FEW
    return {
        "sensitivity": table.sensitivity,
        "specificity": table.specificity,
        "balanced_accuracy": table.balanced_accuracy,
        "kappa": _defined(lambda: cohen_kappa(labels, verdicts)),
        "alpha": _defined(lambda: krippendorff_alpha([labels, verdicts])),
        "people": _defined(lambda: krippendorff_alpha(ratings)) if len(names) > 1 else None,
        "auroc": _defined(lambda: auroc([m for m, _ in marks], [y for _, y in marks]))
        if several
        else None,
    }


def _cut(
    rows: Sequence[int], labels: Sequence[bool], marks: Sequence[float | None], default: float
) -> float:
    try:
        return choose_threshold([marks[i] or 0.0 for i in rows], [labels[i] for i in rows]).value
    except StatisticsError:
        return default


def _defined(compute: Callable[[], Found]) -> Found | None:
    """A figure, or None where these rows do not define it."""
    try:
        return compute()
    except StatisticsError:
        return None


def _interval(value: JsonObject | None) -> Interval | None:
    return None if value is None else Interval(**value)
