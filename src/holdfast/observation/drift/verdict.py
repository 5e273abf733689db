"""Which columns moved, how far, and how sure that is over all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import scipy

from holdfast.observation.drift.issue import Issue
from holdfast.observation.drift.reference import Reference, Sketch
from holdfast.statistics import multiplicity, require
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch

__all__ = [
    "Aspect",
    "Drift",
    "Finding",
    "Limits",
    "describe",
    "judge",
    "missing",
    "other",
    "shifted",
]

Aspect: TypeAlias = Literal["values", "missing"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a column moved: sure enough, and far enough to matter.

    ``alpha`` bounds the expected share of false ones among the columns said to have moved. The
    floors are in shares of rows: of the largest gap between two distributions, and of rows that
    began or ceased to be missing. ``independent`` says that neighbouring rows have nothing to do
    with each other, whatever the reference shows.
    """

    alpha: float = 0.05
    floor: float = 0.1
    missing_floor: float = 0.05
    independent: bool = False

    def __post_init__(self) -> None:
        require.fraction(self.alpha, "alpha")
        require.number(self.floor, "floor")


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect of one column: how far it is from the reference, and whether that counts.

    ``adjusted`` is the smallest alpha at which it would have been said to have moved; None, with
    ``p_value``, where it could not be judged.
    """

    column: str
    aspect: Aspect
    p_value: float
    adjusted: float
    effect: float
    dependence: float
    moved: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Drift:
    """The comparison of two sets of rows, the farthest moved columns first."""

    reference: str
    current: str
    reference_rows: int
    current_rows: int
    limits: Limits
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]

    @property
    def moved(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.moved)

    @property
    def verdict(self) -> Literal["moved", "calm", "undecided"]:
        """``undecided`` when nothing could be compared."""
        if not self.findings:
            return "undecided"
        return "moved" if self.moved else "calm"


def judge(
    reference: Reference,
    current: Reference,
    *,
    limits: Limits | None = None,
    issues: tuple[Issue, ...] = (),
) -> Drift:
    """Compare rows with what was usual; ``current`` was counted with the reference's layouts.

    The false-discovery rate is held over all columns and aspects (Benjamini-Hochberg). A column
    moved when that says so and its effect reaches the floor.
    """
    bounds = limits or Limits()
    tried: list[tuple[str, Aspect, float, float, float, str]] = []
    for name, before in reference.features.items():
        after = current.features.get(name)
        if after is None or before.sketch is None or after.sketch is None or before.rising:
            continue
        tried += _column(name, before.sketch, after.sketch, bounds)
    adjusted = (
        multiplicity.benjamini_hochberg([p for *_, p, _, _, _ in tried], alpha=bounds.alpha)
        if tried
        else None
    )
    findings = [
        Finding(name, aspect, p, float(level), effect, factor, moved=bool(sure), detail=detail)
        for (name, aspect, p, effect, factor, detail), level, sure in (
            zip(tried, adjusted.adjusted, adjusted.rejected, strict=True) if adjusted else ()
        )
    ]
    floors = {"values": bounds.floor, "missing": bounds.missing_floor}
    judged = tuple(
        finding if not finding.moved or finding.effect >= floors[finding.aspect] else _calm(finding)
        for finding in findings
    )
    return Drift(
        reference.source,
        current.source,
        reference.rows,
        current.rows,
        bounds,
        tuple(sorted(judged, key=lambda f: (not f.moved, -f.effect, f.column, f.aspect))),
        issues,
    )


def _column(
    name: str, before: Sketch, after: Sketch, limits: Limits
) -> list[tuple[str, Aspect, float, float, float, str]]:
    found: list[tuple[str, Aspect, float, float, float, str]] = []
    if before.n and after.n and not (before.constant and after.constant and _same(before, after)):
        told = contrast(before, after, dependence=1.0 if limits.independent else None)
        detail = describe(before, after)
        found.append((name, "values", told.p_value, told.effect, told.dependence, detail))
    if (before.rows > before.n or after.rows > after.n) and before.rows and after.rows:
        p_value, effect, detail = missing(before, after)
        found.append((name, "missing", p_value, effect, 1.0, detail))
    return found


def missing(before: Sketch, after: Sketch) -> tuple[float, float, str]:
    """P-value and size of a change in the share of missing rows, and in words."""
    return shifted((before.rows - before.n, before.n), (after.rows - after.n, after.n))


def shifted(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float, str]:
    """As ``missing``, of how many rows are missing, and how many are not."""
    table = np.array([before, after], dtype=np.float64)
    share = table[:, 0] / table.sum(axis=1)
    effect = abs(float(share[1] - share[0]))
    return _proportions(table), effect, f"{share[0]:.1%} → {share[1]:.1%} of rows"


def describe(before: Sketch, after: Sketch) -> str:
    """In a few words, what is different."""
    if isinstance(before, NumberSketch) and isinstance(after, NumberSketch):
        return (
            f"mean {before.mean:.4g} → {after.mean:.4g}, "
            f"deviation {before.deviation:.4g} → {after.deviation:.4g}"
        )
    if isinstance(before, LabelSketch) and isinstance(after, LabelSketch):
        old, new = before.counts / before.n, after.counts / after.n
        names = [*before.layout.names, other(before, after)]
        most = np.argsort(-np.abs(new - old), kind="stable")[:2]
        return ", ".join(f"{names[i]} {old[i]:.1%} → {new[i]:.1%}" for i in most)
    return f"{before.n:,} embeddings against {after.n:,}"


def other(before: LabelSketch, after: LabelSketch) -> str:
    """What labels outside the layout are called: the only one by its name."""
    seen = {*before.others, *after.others}
    return seen.pop() if len(seen) == 1 else "(other)"


_TABLE = 5


def _proportions(table: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Exactly where few rows are missing, else by the chi-square table."""
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    if not (expected > 0).all():
        return 1.0
    if expected.min() < _TABLE:
        return float(scipy.stats.fisher_exact(table.astype(np.int64)).pvalue)
    return float(scipy.stats.chi2.sf(np.sum((table - expected) ** 2 / expected), 1))


def _same(before: Sketch, after: Sketch) -> bool:
    if isinstance(before, NumberSketch) and isinstance(after, NumberSketch):
        return before.low == after.low
    if isinstance(before, LabelSketch) and isinstance(after, LabelSketch):
        return bool(np.argmax(before.counts) == np.argmax(after.counts))
    return False


def _calm(finding: Finding) -> Finding:
    return Finding(
        finding.column,
        finding.aspect,
        finding.p_value,
        finding.adjusted,
        finding.effect,
        finding.dependence,
        moved=False,
        detail=finding.detail,
    )
