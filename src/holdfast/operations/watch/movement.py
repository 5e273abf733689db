"""What moved, how sure that is, what it costs, since when, and what on the ledger may be why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import StateError
from holdfast.observation.drift.columns import NOVELTY, TOPIC, binned, bins
from holdfast.observation.drift.cost import Cost, costs, expected
from holdfast.observation.drift.decide import Decided
from holdfast.observation.drift.issue import Issue
from holdfast.observation.drift.reference import Sketch, count
from holdfast.observation.drift.rows import Rows
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.signal import signal
from holdfast.operations.watch.incidents import Evidence, Incidents
from holdfast.operations.watch.monitors import Checked, Kept, Monitors, Standing
from holdfast.statistics.require import Floats, Ints

__all__ = ["Example", "Moved", "Movement", "Told", "Watch", "gather", "movement", "sketches"]

LOOKED = 2_000
"""Decisions that are looked at for the beginning and the cause: the newest, and as many of the
reference."""

ASKED = "question."
"""Signals of what people ask: they rest on nothing that the ledger holds."""
SHOWN = 3
"""Examples of a move."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A monitor for people and programs."""

    monitor: str
    signals: int
    moved: int
    rows: int
    """Decisions since the reference."""
    window: int
    reference: str
    release: str
    until: int
    """Tick of the reference's last decision; 0 without one."""
    usual: int
    """Decisions of the reference."""
    lasts: int
    """How long the reference is, in microseconds; 0 where it was not written down."""
    calibrated: bool
    automatic: bool
    """Whether its reference was made without anybody asking for it."""
    waiting: int
    note: str
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A decision of the newest window that falls where a signal has grown."""

    decision: str
    question: str
    """Empty where it was erased, or never kept."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger says of a move: since when, why, what that alone would cost, for example."""

    evidence: Evidence
    expected: float | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A signal that moved: how far, how sure, what that alone would cost, since when, and why."""

    monitor: str
    signal: str
    aspect: str
    state: str
    effect: float
    p_value: float
    e_value: float
    sure: float
    calibrated: bool
    detail: str
    expected: float | None = None
    """More decisions that are not resolved, as a share, for the new mix alone."""
    evidence: Evidence | None = None
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """Everything that the monitors of an environment say now."""

    environment: str
    monitors: tuple[Watch, ...]
    moved: tuple[Moved, ...]
    perhaps: tuple[Moved, ...]
    costs: tuple[Cost, ...]
    checked: Checked = field(repr=False)

    @property
    def verdict(self) -> Literal["moved", "calm", "undecided"]:
        """``undecided`` when no monitor could be judged."""
        if self.moved:
            return "moved"
        return "calm" if any(one.signals for one in self.monitors) else "undecided"


def movement(
    monitors: Monitors,
    checked: Checked,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Movement:
    """Say of what moved all that the ledger knows."""
    kept = {one.monitor.name: one for one in checked.standings}
    moved: list[Moved] = []
    told: set[str] = set()
    sides: dict[str, _Sides] = {}
    for number, one in enumerate(checked.moved, start=1):
        text = one.finding.signal.partition("/")[0]
        # The parts of one text move together: one explanation is enough.
        if text in told:
            moved.append(_plain(one))
        else:
            standing = kept[one.monitor]
            if one.monitor not in sides:
                sides[one.monitor] = _sides(monitors, one, standing)
            said = _tell(monitors, one, standing, sides=sides[one.monitor])
            moved.append(_plain(one, **{name: getattr(said, name) for name in Told.__slots__}))
        told.add(text)
        progress(number, len(checked.moved))
    perhaps = tuple(_plain(one) for one in checked.decided if one.state == "perhaps")
    worse: tuple[Cost, ...] = ()
    if checked.moved:
        standing = kept[checked.moved[0].monitor]
        if standing.kept is not None and standing.judged is not None:
            worse = costs(monitors.rows(standing.kept, most=LOOKED), standing.judged.window)
    watches = tuple(_watch(one, checked.decided) for one in checked.standings)
    return Movement(checked.environment, watches, tuple(moved), perhaps, worse, checked)


def gather(one: Decided, standing: Standing, *, monitors: Monitors) -> Told:
    """When a signal's move began, what rests on what, and what its new mix alone would cost."""
    return _tell(monitors, one, standing, sides=_sides(monitors, one, standing))


class _Sides(NamedTuple):
    """Decisions of a monitor's reference, and the newest since."""

    kept: Kept
    before: Sequence[Seen]
    later: Sequence[Seen]


def _sides(monitors: Monitors, one: Decided, standing: Standing) -> _Sides:
    kept = standing.kept
    if kept is None:
        raise StateError(
            f"monitor {one.monitor!r} has no reference; 'holdfast drift fit' makes one"
        )
    return _Sides(kept, monitors.rows(kept, most=LOOKED), monitors.since(kept, newest=LOOKED))


def _tell(monitors: Monitors, one: Decided, standing: Standing, *, sides: _Sides) -> Told:
    kept, before, later = sides
    old, new = (_bins(monitors, one, standing, kept=kept, rows=rows) for rows in (before, later))
    size = standing.monitor.window
    window = new[-size:]
    usual = monitors.usual(kept)
    weights = _weights(
        [usual.phase(row) for row in before], [usual.phase(row) for row in later[-size:]]
    )
    odd = _odd(old, window, aspect=one.finding.aspect, weights=weights)
    facts = [row.fact for row in (*before, *later)]
    good = [not mark for mark in odd(np.concatenate([old, new])).tolist()]
    # What changed before the reference ended belongs to what is usual.
    evidence = Incidents(monitors.system).gather(
        facts, good, environment=kept.environment, earliest=kept.at
    )
    if one.finding.signal.startswith(ASKED):
        evidence = replace(evidence, suspects=())
    harm = expected(old, window, rows=before) if one.finding.aspect == "values" else None
    return Told(evidence, harm, _examples(later[-size:], odd(window)))


def _examples(rows: Sequence[Seen], odd: NDArray[np.bool_]) -> tuple[Example, ...]:
    """The newest odd decisions, each question once."""
    found = {
        row.fact.question: Example(row.fact.decision, row.fact.question)
        for row in (rows[place] for place in np.flatnonzero(odd)[::-1].tolist())
    }
    return tuple(found.values())[:SHOWN]


def sketches(monitors: Monitors, found: Movement) -> list[tuple[str, Sketch, Sketch]]:
    """Of each signal that moved and has bins: its name, what was usual, and the newest window."""
    standings = {one.monitor.name: one for one in found.checked.standings}
    made: list[tuple[str, Sketch, Sketch]] = []
    for one in found.moved:
        standing = standings[one.monitor]
        if one.aspect != "values" or standing.kept is None or standing.judged is None:
            continue
        usual, window = monitors.usual(standing.kept).reference, standing.judged.window
        before = usual.features.get(one.signal)
        if before is not None and bins(before) and before.sketch is not None:
            table = monitors.table(window, kept=standing.kept, monitor=standing.monitor)
            rows = Rows("", table.schema, table.num_rows, table=table)
            now = count(rows, like=usual, threads=1).features[one.signal].sketch
            if now is not None:
                made.append((one.signal, before.sketch, now))
    return made


def _plain(one: Decided, **more: Any) -> Moved:
    found = one.finding
    return Moved(
        one.monitor,
        found.signal,
        found.aspect,
        one.state,
        found.effect,
        found.p_value,
        found.e_value,
        one.sure,
        found.calibrated,
        found.detail,
        **more,
    )


def _watch(one: Standing, decided: Sequence[Decided]) -> Watch:
    own = [d for d in decided if d.monitor == one.monitor.name]
    kept, judged = one.kept, one.judged
    return Watch(
        one.monitor.name,
        len({d.finding.signal for d in own}),
        sum(d.state == "moved" for d in own),
        judged.rows if judged else 0,
        one.monitor.window,
        kept.reference if kept else "",
        kept.release if kept else "",
        kept.until if kept else 0,
        (kept.among or kept.rows) if kept else 0,
        kept.lasts if kept else 0,
        bool(kept and kept.calibration),
        bool(kept and kept.automatic),
        judged.waiting if judged else one.monitor.window,
        one.note,
        judged.issues if judged else (),
    )


def _bins(
    monitors: Monitors, one: Decided, standing: Standing, *, kept: Kept, rows: Sequence[Seen]
) -> Ints:
    """The bin of each decision; of a text that of its topic, or of how new it is."""
    if signal(one.finding.signal.partition("/")[0]).kind == "repeat":
        return monitors.repeats(kept, one.finding.signal).odd(rows)
    usual = monitors.usual(kept)
    table = monitors.table(rows, kept=kept, monitor=standing.monitor)
    name = one.finding.signal
    features = usual.reference.features
    if not bins(features[name]):
        name = _nearest(one, standing)
    if name not in table.column_names or name not in features:
        return np.full(len(rows), -1, dtype=np.int64)
    return binned(table[name].combine_chunks(), features[name])


def _nearest(one: Decided, standing: Standing) -> str:
    """Of a text's two columns that have bins, the one that moved farther."""
    judged = standing.judged
    effects = {f.signal: f.effect for f in judged.findings} if judged else {}
    name = one.finding.signal
    return max((name + TOPIC, name + NOVELTY), key=lambda column: effects.get(column, 0.0))


def _weights(before: Sequence[str], now: Sequence[str]) -> Floats:
    """What each decision of the reference counts, so that it has the window's mix of phases."""
    old, new = Counter(before), Counter(now)
    found = np.array([new[name] / old[name] for name in before])
    return found if found.sum() > 0 else np.ones(len(before))


def _odd(
    old: Ints, new: Ints, *, aspect: str, weights: Floats
) -> Callable[[Ints], NDArray[np.bool_]]:
    """Which bins are those of the move: that more decisions fall into than did."""
    if aspect == "missing":
        more = (new < 0).mean() > np.average(old < 0, weights=weights)
        return lambda codes: (codes < 0) == more
    size = int(max(old.max(initial=0), new.max(initial=0))) + 1
    share = []
    for codes, counted in ((old, weights), (new, np.ones(len(new)))):
        there = codes >= 0
        counts = np.bincount(codes[there], weights=counted[there], minlength=size)
        share.append(counts / max(counts.sum(), 1e-12))
    grown = share[1] > share[0]
    return lambda codes: (codes >= 0) & grown[np.maximum(codes, 0)]
