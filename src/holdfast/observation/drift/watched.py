"""One monitor at work: decisions come in, and now and then it is asked what has moved."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from holdfast.errors import StatisticsError
from holdfast.observation.drift.columns import NOVELTY, TOPIC, Embed, binned, bins, tabulate
from holdfast.observation.drift.epoch import share
from holdfast.observation.drift.fitted import Fitted
from holdfast.observation.drift.issue import Issue, issues
from holdfast.observation.drift.match import match, match_missing
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.reference import Feature, Reference, Sketch, count
from holdfast.observation.drift.repeats import Repeats
from holdfast.observation.drift.rows import Rows
from holdfast.observation.drift.season import DATES, LEAST, LONG
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.signal import signal
from holdfast.observation.drift.threshold import Threshold
from holdfast.observation.drift.verdict import Aspect, describe
from holdfast.observation.duration import DAY
from holdfast.statistics.drift.betting_bins import BettingBins
from holdfast.statistics.require import Ints
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch

__all__ = ["Finding", "Judged", "Watched"]

MISSING_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect of one signal in the newest window.

    ``p_value`` is how often an unchanged window is as far off: counted where the signal is
    calibrated, else from the counts alone. ``e_value`` is the evidence of the newest decisions
    since the reference: see ``epoch``. ``over``: the window alone would be an alarm.
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
        recalled: the reference's decisions, for signals of questions that recur.
        skipped: decisions since the reference that are not looked at any more: see ``epoch``.
    """

    def __init__(
        self,
        usual: Fitted,
        thresholds: Mapping[str, Threshold],
        *,
        monitor: Monitor,
        embed: Embed,
        recalled: Sequence[Seen] = (),
        skipped: int = 0,
    ) -> None:
        self.monitor = monitor
        self._share = share(skipped, window=monitor.window)
        self._usual = usual
        self._thresholds = {
            name: one for name, one in thresholds.items() if one.window == monitor.window
        }
        self._embed = embed
        self._window: deque[Seen] = deque(maxlen=monitor.window)
        self._bets: dict[tuple[str, Aspect], BettingBins] = {}
        self._ranks: dict[str, Ints] = {}
        self._repeats = {
            name: Repeats(name, recalled, embed=embed)
            for name in monitor.watch
            if signal(name).kind == "repeat"
        }
        self._groups = {name: code for code, name in enumerate(usual.phases or ("",))}
        for name, feature in usual.reference.features.items():
            if bins(feature) and not feature.rising:
                self._start(name, feature)
        self.rows = skipped
        """Decisions since the reference."""

    def feed(self, rows: Sequence[Seen]) -> None:
        """Take the next decisions, in the order they came."""
        if not rows:
            return
        self._window.extend(rows)
        self.rows += len(rows)
        for one in self._repeats.values():
            one.feed(rows)
        table = self._tabulate(rows)
        groups = np.array([self._groups.get(self._usual.phase(row), -1) for row in rows])
        for name, feature in self._usual.reference.features.items():
            if name not in self._ranks or name not in table.column_names:
                continue
            codes = binned(table[name].combine_chunks(), feature)
            inside = groups >= 0
            there = inside & (codes >= 0)
            self._bets[name, "missing"].extend(codes[inside] >= 0, groups=groups[inside])
            if (name, "values") in self._bets:
                ranks = self._ranks[name][codes[there]]
                self._bets[name, "values"].extend(ranks, groups=groups[there])

    def ahead(self, rows: Sequence[Seen]) -> Watched:
        """As it will be after these decisions; it stays as it is itself."""
        later = copy(self)
        later._window = self._window.copy()  # noqa: SLF001 - a copy of itself
        later._bets = deepcopy(self._bets)  # noqa: SLF001 - as above
        later._repeats = {name: one.copy() for name, one in self._repeats.items()}  # noqa: SLF001
        later.feed(rows)
        return later

    def judge(self) -> Judged:
        """What the newest window shows."""
        known = self._usual.reference
        if self.rows < self.monitor.window:
            return Judged(self.monitor, known.rows, self.rows, (), ())
        window = tuple(self._window)
        table = self._tabulate(window)
        phases = [self._usual.phase(row) for row in window]
        now = self._count(table)
        parts = {"": now}
        if self._usual.phases:
            parts = {
                name: self._count(table.take([i for i, own in enumerate(phases) if own == name]))
                for name in sorted({*phases} & set(self._groups))
            }
        odd = [*self._shape(table), *issues(known.features, now.features), *self._alone(phases)]
        few = 2 * sum(own in self._groups for own in phases) < len(phases)
        found = [] if few else [o for name in known.features for o in self._findings(name, parts)]
        if any(one.over for one in found):
            odd += self._short()
        for name, repeats in self._repeats.items():
            told, why = self._repeated(repeats, window)
            found += told
            odd += [Issue(name, "no_repeats", text) for text in why]
        return Judged(self.monitor, known.rows, self.rows, tuple(found), tuple(odd), window)

    def _repeated(
        self, repeats: Repeats, window: Sequence[Seen]
    ) -> tuple[list[Finding], list[str]]:
        """A finding on questions that recur, or why there is none."""
        if not repeats.questions:
            return [], ["no question of the reference was answered anew often enough to compare"]
        monitor = self.monitor
        judged = repeats.judge(window, alarm_rate=monitor.alarm_rate)
        if judged is None:
            return [], ["no question of this window recurs"]
        told, detail = judged
        over = told.p_value <= monitor.alarm_rate and told.effect >= monitor.floor
        return [
            Finding(repeats.name, "values", told.effect, monitor.floor, told.p_value,
                    self._share * repeats.value, over, calibrated=True, detail=detail)
        ], []  # fmt: skip

    def _start(self, name: str, feature: Feature) -> None:
        sketch = feature.sketch
        if not isinstance(sketch, NumberSketch | LabelSketch) or not sketch.rows:
            return
        spacing = self._usual.spacing(name)
        parts = [self._usual.parts(name)[phase] for phase in self._groups]
        gone = [[one.rows - one.n, one.n] for one in parts]
        self._bets[name, "missing"] = BettingBins(gone, spacing=spacing, seed=1)
        order = np.arange(len(sketch.counts))
        if isinstance(sketch, LabelSketch):
            order = np.argsort(np.argsort(sketch.counts, kind="stable"), kind="stable")
        self._ranks[name] = order
        if sketch.n:
            placed = np.zeros((len(parts), len(order)))
            for group, one in enumerate(parts):
                if isinstance(one, NumberSketch | LabelSketch):
                    placed[group, order] = one.counts
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

    def _count(self, table: Any) -> Reference:
        rows = Rows("", table.schema, table.num_rows, table=table)
        return count(rows, like=self._usual.reference, threads=1)

    def _alone(self, phases: Sequence[str]) -> list[Issue]:
        """Phases of the window that the reference does not cover."""
        found = Counter(name for name in phases if name not in self._groups)
        if not found:
            return []
        named = ", ".join(f"{name} ({n:,})" for name, n in found.most_common())
        return [
            Issue(
                "",
                "season",
                f"the reference has no {LEAST} decisions of {DATES} dates for {named} of the "
                f"{len(phases):,} decisions; they are not compared. Fit it over more time",
            )
        ]

    def _short(self) -> list[Issue]:
        """Whether a weekend may be what moved: the reference is too short to know one."""
        usual, least = self._usual, LONG["week"]
        dates = f"{usual.dates:,} date{'s' * (usual.dates != 1)}"
        longer = f"fit it again over {least} with a larger reference"
        if self.monitor.lasts >= least * DAY:
            longer = f"it knows them once there are {least}: 'holdfast drift fit'"
        if self.monitor.season != "auto" or usual.season != "none" or usual.dates >= least:
            return []
        return [
            Issue(
                "",
                "short",
                f"the reference is of {dates}, too few to tell nights and weekends from drift; "
                f"{longer}",
            )
        ]

    def _findings(self, name: str, parts: Mapping[str, Reference]) -> list[Finding]:
        whole = self._usual.reference.features[name]
        now = {phase: one.features[name] for phase, one in parts.items() if name in one.features}
        after = {phase: one.sketch for phase, one in now.items() if one.sketch is not None}
        if not after or whole.sketch is None or whole.rising:
            return []
        found = []
        before = self._usual.parts(name)
        both = match(before, after)
        if both is not None:
            # Too few embeddings cannot be compared; the issues say how many are missing.
            with suppress(StatisticsError):
                found.append(self._values(name, *both))
        told = None if name.endswith((TOPIC, NOVELTY)) else match_missing(before, after)
        if told is not None:
            p_value, effect, detail = told
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
            return self._share * own.value
        parts = [self._bets.get((name + part, aspect)) for part in (TOPIC, NOVELTY)]
        known = [one.value for one in parts if one is not None]
        # A mean of e-values is one.
        return self._share * float(np.mean(known)) if known else 1.0
