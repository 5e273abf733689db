"""One monitor at work: decisions come in, and now and then it is asked what has moved."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from holdfast.errors import StatisticsError
from holdfast.observation.drift.columns import NOVELTY, TOPIC, Embed, binned, bins, tabulate
from holdfast.observation.drift.fitted import Fitted
from holdfast.observation.drift.issue import Issue, issues
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.reference import Feature, Reference, Sketch, count
from holdfast.observation.drift.rows import Rows
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.threshold import Threshold
from holdfast.observation.drift.verdict import Aspect, describe, missing
from holdfast.statistics.drift.betting_bins import BettingBins
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch

__all__ = ["Finding", "Judged", "Watched"]

MISSING_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect of one signal in the newest window.

    ``p_value`` is how often an unchanged window is as far off: counted where the signal is
    calibrated, else from the counts alone. ``e_value`` is the evidence of all decisions since the
    reference. ``over``: the window alone would be an alarm.
    """

    signal: str
    aspect: Aspect
    effect: float
    floor: float
    p_value: float
    e_value: float
    over: bool
    calibrated: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a monitor says of its newest window; no findings before that is full."""

    monitor: Monitor
    reference_rows: int
    rows: int
    """Decisions since the reference."""
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]
    window: tuple[Seen, ...] = field(default=(), repr=False)

    @property
    def waiting(self) -> int:
        """Decisions that are missing until there is a window."""
        return max(self.monitor.window - self.rows, 0)


class Watched:
    """A monitor with its reference; bounded memory, however many decisions come.

    Args:
        usual: what it compares with.
        thresholds: by signal; those without one are judged by counts, and say so.
        monitor: the window, floor and alarm rate.
        embed: what texts were embedded with when the reference was fitted.
    """

    def __init__(
        self, usual: Fitted, thresholds: Mapping[str, Threshold], *, monitor: Monitor, embed: Embed
    ) -> None:
        self.monitor = monitor
        self._usual = usual
        self._thresholds = {
            name: one for name, one in thresholds.items() if one.window == monitor.window
        }
        self._embed = embed
        self._window: deque[Seen] = deque(maxlen=monitor.window)
        self._bets: dict[tuple[str, Aspect], BettingBins] = {}
        self._ranks: dict[str, Any] = {}
        for name, feature in usual.reference.features.items():
            if bins(feature) and not feature.rising:
                self._start(name, feature)
        self.rows = 0

    def feed(self, rows: Sequence[Seen]) -> None:
        """Take the next decisions, in the order they came."""
        if not rows:
            return
        self._window.extend(rows)
        self.rows += len(rows)
        table = self._tabulate(rows)
        for name, feature in self._usual.reference.features.items():
            if name not in self._ranks or name not in table.column_names:
                continue
            for code in binned(table[name].combine_chunks(), feature).tolist():
                self._bets[name, "missing"].update(int(code >= 0))
                if code >= 0 and (name, "values") in self._bets:
                    self._bets[name, "values"].update(self._ranks[name][code])

    def ahead(self, rows: Sequence[Seen]) -> Watched:
        """As it will be after these decisions; it stays as it is itself."""
        later = copy(self)
        later._window = self._window.copy()  # noqa: SLF001 - a copy of itself
        later._bets = deepcopy(self._bets)  # noqa: SLF001 - as above
        later.feed(rows)
        return later

    def judge(self) -> Judged:
        """What the newest window shows."""
        known = self._usual.reference
        if self.rows < self.monitor.window:
            return Judged(self.monitor, known.rows, self.rows, (), ())
        table = self._tabulate(self._window)
        now = count(Rows("", table.schema, table.num_rows, table=table), like=known, threads=1)
        odd = [*self._shape(table), *issues(known.features, now.features)]
        found = [one for name in known.features for one in self._findings(name, now)]
        window = tuple(self._window)
        return Judged(self.monitor, known.rows, self.rows, tuple(found), tuple(odd), window)

    def _start(self, name: str, feature: Feature) -> None:
        sketch = feature.sketch
        if not isinstance(sketch, NumberSketch | LabelSketch) or not sketch.rows:
            return
        spacing = self._usual.spacing(name)
        gone = [sketch.rows - sketch.n, sketch.n]
        self._bets[name, "missing"] = BettingBins(gone, spacing=spacing, seed=1)
        order = np.arange(len(sketch.counts))
        if isinstance(sketch, LabelSketch):
            order = np.argsort(np.argsort(sketch.counts, kind="stable"), kind="stable")
        self._ranks[name] = order.tolist()
        if sketch.n:
            placed = np.zeros(len(order))
            placed[order] = sketch.counts
            self._bets[name, "values"] = BettingBins(placed, spacing=spacing)

    def _tabulate(self, rows: Sequence[Seen]) -> Any:
        return tabulate(
            list(rows), self.monitor.watch, topics=self._usual.topics, embed=self._embed
        )

    def _shape(self, table: Any) -> list[Issue]:
        """Columns that only one side has: a scorer's other version, a signal named later."""
        before, now = list(self._usual.reference.features), table.column_names
        gone = [name for name in before if name not in now]
        new = [name for name in now if name not in before]
        said = "is not in this window: another version of the scorer, or none"
        later = "is not in the reference; fit it again with 'holdfast drift fit'"
        return [
            *(Issue(name, "column_gone", said) for name in gone),
            *(Issue(name, "column_new", later) for name in new),
        ]

    def _findings(self, name: str, now: Reference) -> list[Finding]:
        before, after = self._usual.reference.features[name], now.features.get(name)
        if after is None or before.sketch is None or after.sketch is None or before.rising:
            return []
        found = []
        if before.sketch.n and after.sketch.n:
            # Too few embeddings cannot be compared; the issues say how many are missing.
            with suppress(StatisticsError):
                found.append(self._values(name, before.sketch, after.sketch))
        gone = before.sketch.rows - before.sketch.n, after.sketch.rows - after.sketch.n
        if any(gone) and not name.endswith((TOPIC, NOVELTY)):
            p_value, effect, detail = missing(before.sketch, after.sketch)
            evidence = self._evidence(name, "missing")
            over = p_value <= self.monitor.alarm_rate and effect >= MISSING_FLOOR
            found.append(
                Finding(name, "missing", effect, MISSING_FLOOR, p_value, evidence, over,
                        calibrated=False, detail=detail)
            )  # fmt: skip
        return found

    def _values(self, name: str, before: Sketch, after: Sketch) -> Finding:
        depends = self._usual.dependence.get(name)
        told = contrast(before, after, dependence=1.0)
        known = self._thresholds.get(name)
        floor = self.monitor.floor
        if known is not None:
            p_value, sure = known.p_value(told.statistic), told.statistic > known.statistic
        else:
            factor = 1.0 if depends is None else max(depends.factor, 1.0)
            p_value = contrast(before, after, dependence=factor).p_value
            sure = p_value <= self.monitor.alarm_rate
        return Finding(
            name,
            "values",
            told.effect,
            floor,
            p_value,
            self._evidence(name, "values"),
            sure and told.effect >= floor,
            known is not None,
            describe(before, after),
        )

    def _evidence(self, name: str, aspect: Aspect) -> float:
        own = self._bets.get((name, aspect))
        if own is not None:
            return own.value
        parts = [self._bets.get((name + part, aspect)) for part in (TOPIC, NOVELTY)]
        known = [one.value for one in parts if one is not None]
        # A mean of e-values is one.
        return float(np.mean(known)) if known else 1.0
