"""A mean with its uncertainty, to be compared in an assertion."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.evaluation.more import cases_needed
from holdfast.evaluation.threshold import Held, hold

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of one value a case. ``>=`` and ``<=`` hold only when the interval shows it.

    So ``assert score >= 0.9`` fails for a mean of 0.95 over ten cases: that is no evidence yet, and
    the message says so, and how many more cases would be.

    >>> few, many = Estimate((1.0,) * 10), Estimate((1.0,) * 60)
    >>> few >= 0.9, many >= 0.9, many <= 0.5
    (False, True, False)
    >>> print(few.explain(0.9))
    values 1 [0.8292, 1] on 10 cases does not show >= 0.9: inconclusive; about 19 more would decide
    """

    values: tuple[float, ...]
    name: str = "values"
    cases: tuple[str, ...] = ()
    """Name of the case of each value."""
    clusters: tuple[str, ...] = ()
    confidence: float = 0.95
    lacking: int = 0
    """Outputs that the infrastructure or a crashed scorer spoiled: with any, nothing holds."""

    @property
    def mean(self) -> float:
        """The mean itself; it says nothing of how sure it is."""
        return sum(self.values) / len(self.values)

    def __ge__(self, bar: float) -> bool:
        return not self.lacking and self._held(bar, higher=True).passes

    def __le__(self, bar: float) -> bool:
        return not self.lacking and self._held(bar, higher=False).passes

    def explain(self, bar: float, *, higher: bool = True) -> str:
        """Why a comparison holds or does not, in one line."""
        held = self._held(bar, higher=higher)
        told = (
            f"{self.name} {held.estimate:.4g} [{held.low:.4g}, {held.high:.4g}] on "
            f"{len(self.values)} cases"
        )
        sign = ">=" if higher else "<="
        if self.lacking:
            return f"{told} cannot show {sign} {bar:g}: {self.lacking} outputs are lacking"
        if held.passes:
            return f"{told} shows {sign} {bar:g}"
        if held.p_fail < 1 - self.confidence:
            return f"{told} is not {sign} {bar:g}{self._against(bar, higher=higher)}"
        gap = abs(held.estimate - bar)
        more = cases_needed(self.values, gap=gap, confidence=self.confidence) - len(self.values)
        return (
            f"{told} does not show {sign} {bar:g}: inconclusive; about {max(more, 1):,} more would "
            f"decide{self._against(bar, higher=higher)}"
        )

    def __repr__(self) -> str:
        return f"<{self.name} {self.mean:.4g} on {len(self.values)} cases>"

    def _held(self, bar: float, *, higher: bool) -> Held:
        return hold(
            self.values,
            bar=bar,
            higher=higher,
            clusters=list(self.clusters) or None,
            confidence=self.confidence,
        )

    def _against(self, bar: float, *, higher: bool) -> str:
        pairs = zip(self.values, self.cases, strict=False)
        short = [(v, case) for v, case in pairs if (v < bar if higher else v > bar)]
        worst = sorted(short, key=lambda pair: pair[0], reverse=not higher)
        named = [f"{case} ({value:g})" for value, case in worst[:SHOWN]]
        return f"; against it: {', '.join(named)}" if named else ""
