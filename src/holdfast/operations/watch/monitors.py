"""The monitors of a project: what was usual, from when a move is an alarm, what has moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from holdfast.domain.digest import canonical, digest, digest_bytes, short
from holdfast.domain.event import Edge, Event
from holdfast.errors import NotFoundError, StateError
from holdfast.observation.drift import monitor as settings
from holdfast.observation.drift.columns import tabulate
from holdfast.observation.drift.decide import Decided, decide
from holdfast.observation.drift.epoch import begin
from holdfast.observation.drift.fitted import Fitted, fit
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.repeats import RECALLED, Repeats
from holdfast.observation.drift.seen import Decisions, Seen, Stretch, begins
from holdfast.observation.drift.signal import signal
from holdfast.observation.drift.spread import spread
from holdfast.observation.drift.threshold import Threshold, read, thresholds
from holdfast.observation.drift.watched import Judged, Watched
from holdfast.observation.duration import MINUTE
from holdfast.observation.fact import Paths
from holdfast.operations.build import embedder_identity
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.ports.embedder import Embedder
from holdfast.ports.ledger import Ledger, Query
from holdfast.statistics.require import Floats
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

__all__ = ["STORE", "Calibrated", "Checked", "Kept", "Monitors", "Standing", "pinned"]

STORE = "monitors"
SETTLED = 10 * MINUTE
"""How long scores and feedback of a decision are waited for before evidence is made of it."""
REMEMBERED = 20_000
"""Texts whose vectors are kept."""

ITSELF = "needs no threshold: at each look old and new answers of a question change places"

Progress = Callable[[str, int, int], None]
"""Called with a monitor's name, and how many of its signals, or of all monitors, are done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a monitor compares with: decisions with ``after < tick <= until``, as a blob."""

    environment: str
    monitor: str
    reference: str
    """Digest of the fitted reference."""
    definition: str
    release: str
    """The release that was deployed at its end."""
    after: int
    until: int
    rows: int
    at: int
    """Time of its last decision."""
    calibration: str = ""
    """Digest of the thresholds; empty while it is not calibrated."""
    window: int = 0
    """Decisions of a window that they hold for."""
    automatic: bool = False
    """Whether nobody asked for it: ``holdfast serve`` made it by itself."""
    among: int = 0
    """Decisions of its time, of which ``rows`` were looked at; 0 where it was not written down."""
    ends: int = 0
    """Until when it was looked for decisions; 0 where it was not written down."""
    lasts: int = 0
    """Of how long it is: less than the monitor asks for where there were no decisions before."""

    @property
    def key(self) -> str:
        return f"{self.environment}/{self.monitor}"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A monitor's thresholds, and why some signals have none."""

    kept: Kept
    thresholds: tuple[Threshold, ...]
    refused: dict[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A monitor with its reference and what it says; neither where there is no reference."""

    monitor: Monitor
    kept: Kept | None
    judged: Judged | None
    note: str = ""
    """What speaks against its word, or why it says nothing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Every monitor, and the findings of all of them together."""

    environment: str
    standings: tuple[Standing, ...]
    decided: tuple[Decided, ...]

    @property
    def moved(self) -> tuple[Decided, ...]:
        return tuple(one for one in self.decided if one.state == "moved")


@dataclass
class _Live:
    """A monitor at work, after how many decisions it began, and the last it was fed for good."""

    kept: Kept
    watched: Watched
    begun: int
    tick: int


class Monitors:
    """Drift monitors of a project: ``Monitors(project.system)``.

    Who checks again and again keeps one of these: it reads only what was added. Several threads
    may check with one.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self._paths = Paths(system.ledger)
        self._vectors: dict[str, Floats] = {}
        self._live: dict[str, _Live] = {}
        self._looking = threading.Lock()
        self._recalled: dict[tuple[str, str, str], Repeats] = {}

    def settings(self) -> settings.Monitors:
        """What ``monitors.toml`` says. Raises ``SettingsError`` that names file and line."""
        return settings.load(self.system.root)

    def named(self, name: str = "") -> tuple[Monitor, ...]:
        """All, or the one of a name. Raises ``NotFoundError``."""
        known = self.settings().monitors
        chosen = tuple(one for one in known if name in ("", one.name))
        if not chosen:
            there = ", ".join(one.name for one in known) or f"none; write {settings.FILE}"
            raise NotFoundError(f"no monitor {name!r}; there are {there}")
        return chosen

    def kept(self, environment: str) -> dict[str, Kept]:
        """The newest reference of each monitor, on any timeline: what was usual stays so."""
        query = Query(store=STORE, prefix=f"{environment}/")
        newest = {entry.key: entry.value for _, entry in self.system.ledger.history(query)}
        found = (Kept(**value) for value in newest.values() if value is not None)
        return {one.monitor: one for one in found}

    def fit(
        self,
        environment: str | None = None,
        *,
        name: str = "",
        at: str | None = None,
        reason: str = "",
        dry_run: bool = False,
        automatic: bool = False,
        progress: Progress = lambda _name, _done, _total: None,
    ) -> tuple[Kept, ...]:
        """Take the newest decisions up to a moment for usual, for every monitor or one.

        Raises:
            StateError: too few decisions.
        """
        where = self._environment(environment)
        view = self.system.view(where, at)
        ends = self.system.clock.now() if at is None else self._time(view.cut.tick)
        fitted = []
        chosen = self.named(name)
        for number, monitor in enumerate(chosen, start=1):
            fitted.append(self._fitted(monitor, view, where=where, ends=ends))
            progress(monitor.name, number, len(chosen))
        fitted = [(replace(kept, automatic=automatic), usual) for kept, usual in fitted]
        if not dry_run:
            for kept, usual in fitted:
                self._keep(kept, usual, reason)
        return tuple(kept for kept, _ in fitted)

    def calibrate(
        self,
        environment: str | None = None,
        *,
        name: str = "",
        dry_run: bool = False,
        progress: Progress = lambda _name, _done, _total: None,
    ) -> tuple[Calibrated, ...]:
        """Find from when each signal is an alarm; a monitor without a reference gets one first.

        Raises:
            StateError: too few decisions.
        """
        where = self._environment(environment)
        known = self.kept(where)
        done = []
        for monitor in self.named(name):
            kept = known.get(monitor.name)
            if kept is not None and kept.definition == monitor.digest:
                usual = self.usual(kept)
            else:
                view = self.system.view(where, None)
                ends = self.system.clock.now()
                kept, usual = self._fitted(monitor, view, where=where, ends=ends)
                if not dry_run:
                    self._keep(kept, usual, "")
            rows = self.rows(kept)
            refused = dict.fromkeys(_repeats(monitor), ITSELF)
            found, without = thresholds(
                usual,
                self._tabulate(rows, monitor, usual),
                monitor=monitor,
                phases=[usual.phase(row) for row in rows],
                progress=partial(progress, monitor.name),
            )
            if not dry_run:
                kept = self._keep_thresholds(kept, found, monitor=monitor)
            done.append(Calibrated(kept, tuple(found.values()), {**refused, **without}))
        return tuple(done)

    def check(
        self,
        environment: str | None = None,
        *,
        name: str = "",
        progress: Progress = lambda _name, _done, _total: None,
    ) -> Checked:
        """What every monitor (or one) says now; nothing is written."""
        where = self._environment(environment)
        known = self.kept(where)
        wanted = self.settings()
        chosen = self.named(name) if name or wanted.monitors else ()
        first = min((known[one.name].until for one in chosen if one.name in known), default=0)
        decisions = self._decisions(Stretch(where, first))
        with self._looking:
            standings = []
            for number, one in enumerate(chosen, start=1):
                if one.name in known:
                    standings.append(self._standing(one, known[one.name], decisions))
                else:
                    why = self._awaits(one, where, automatic=wanted.automatic)
                    standings.append(Standing(one, None, None, why))
                progress(one.name, number, len(chosen))
        judged = [one.judged for one in standings if one.judged is not None]
        decided = decide(judged, false_discoveries=wanted.false_discoveries)
        return Checked(where, tuple(standings), decided)

    def decisions(self, environment: str, *, most: int) -> int:
        """How many decisions an environment has, up to so many."""
        after = begins(self.system.ledger, environment, most=most)
        return min(len(self._decisions(Stretch(environment, after))), most)

    def usual(self, kept: Kept) -> Fitted:
        """The fitted reference. Raises ``CorruptionError``, ``NotFoundError``."""
        return Fitted.from_bytes(self.system.blobs.get(kept.reference))

    def rows(self, kept: Kept, *, said: bool = True, most: int | None = None) -> list[Seen]:
        """The decisions of a reference, or some that are spread over it.

        ``said``: with what became known of them until now.
        """
        found = self._decisions(Stretch(kept.environment, kept.after, kept.until))
        return found.rows(spread(len(found), most=most), said=said)

    def since(self, kept: Kept, *, newest: int) -> list[Seen]:
        """The newest decisions since a reference."""
        found = self._decisions(Stretch(kept.environment, kept.until))
        return found.rows(np.arange(max(len(found) - newest, 0), len(found)))

    def repeats(self, kept: Kept, name: str) -> Repeats:
        """What a reference says of one signal of questions that recur."""
        key = (kept.key, kept.reference, name)
        if key not in self._recalled:
            self._recalled[key] = Repeats(name, self._recall(kept), embed=self._embed)
        return self._recalled[key]

    def _recall(self, kept: Kept) -> list[Seen]:
        return self.rows(kept, said=False, most=RECALLED)

    def table(self, rows: Sequence[Seen], *, kept: Kept, monitor: Monitor) -> Any:
        """Decisions as a monitor looks at them."""
        return self._tabulate(rows, monitor, self.usual(kept))

    def _awaits(self, monitor: Monitor, where: str, *, automatic: bool) -> str:
        """Why a monitor has no reference, and who makes one."""
        there = self.decisions(where, most=monitor.first)
        if automatic and there < monitor.first:
            return (
                f"no reference yet, {there:,} of {monitor.first:,} decisions: 'holdfast serve' "
                f"makes it by itself, 'holdfast drift calibrate' from {2 * monitor.window:,} on"
            )
        who = "'holdfast serve' or " if automatic else ""
        return f"no reference yet: {who}'holdfast drift calibrate' makes it"

    def _standing(self, monitor: Monitor, kept: Kept, decisions: Decisions) -> Standing:
        note = "" if kept.calibration else "not calibrated: 'holdfast drift calibrate'"
        if kept.window not in (0, monitor.window):
            note = f"calibrated for windows of {kept.window:,}: 'holdfast drift calibrate'"
        if kept.definition != monitor.digest:
            note = "watches other signals than its reference: 'holdfast drift fit'"
        places = np.flatnonzero(decisions.ticks > kept.until)
        live = self._at_work(monitor, kept, begin(len(places), window=monitor.window))
        places = places[live.begun :]
        rows = decisions.rows(places[decisions.ticks[places] > live.tick])
        settled = self.system.clock.now() - SETTLED
        old = [row for row in rows if row.fact.at <= settled]
        if old:
            live.watched.feed(old)
            live.tick = old[-1].tick
        looked = live.watched.ahead(rows[len(old) :])
        other = self._other_embedder(self.usual(kept))
        return Standing(monitor, kept, looked.judge(), note or other)

    def _at_work(self, monitor: Monitor, kept: Kept, begun: int) -> _Live:
        """A monitor that was fed from a place among the decisions since its reference."""
        live = self._live.get(kept.key)
        if live is None or (live.kept, live.watched.monitor, live.begun) != (kept, monitor, begun):
            watched = Watched(
                self.usual(kept),
                self._thresholds(kept),
                monitor=monitor,
                embed=self._embed,
                recalled=self._recall(kept) if _repeats(monitor) else (),
                skipped=begun,
            )
            live = self._live[kept.key] = _Live(kept, watched, begun, kept.until)
        return live

    def _fitted(
        self, monitor: Monitor, view: View, *, where: str, ends: int
    ) -> tuple[Kept, Fitted]:
        until = view.cut.tick
        stretch = self._stretch(monitor, where, until=until, ends=ends)
        found = self._decisions(stretch)
        if len(found) < 2 * monitor.window:
            during = f" of the last {monitor.reference}" if monitor.lasts else ""
            raise StateError(
                f"{len(found)} decision{'s' * (len(found) != 1)}{during} in {where!r}, and monitor "
                f"{monitor.name!r} looks at {monitor.window} at a time; {2 * monitor.window} are "
                f"needed. Ask more, or set a smaller window in {settings.FILE}"
            )
        rows = found.rows(spread(len(found)))
        lasts = ends - rows[0].fact.at
        if monitor.lasts and begins(self.system.ledger, where, most=1, until=stretch.after):
            lasts = monitor.lasts
        release = catalog.deployed(view, environment=where)
        last = rows[-1]
        source = f"{len(rows):,} decisions up to @{last.tick} ({short(release)})"
        usual = fit(
            monitor, rows, embed=self._embed, embedder=self._embedder_digest(), source=source
        )
        kept = Kept(
            where,
            monitor.name,
            digest_bytes(usual.to_bytes()),
            monitor.digest,
            release,
            rows[0].tick - 1,
            last.tick,
            len(rows),
            last.fact.at,
            among=len(found),
            ends=ends,
            lasts=lasts,
        )
        return kept, usual

    def _stretch(self, monitor: Monitor, where: str, *, until: int, ends: int) -> Stretch:
        """The newest decisions up to a tick: so many, or those of so long."""
        ledger = self.system.ledger
        if not monitor.lasts:
            return Stretch(where, begins(ledger, where, most=monitor.first, until=until), until)
        before = Query(before=ends - monitor.lasts, newest_first=True, limit=1)
        after = next((commit.tick for commit, _ in ledger.history(before)), 0)
        return Stretch(where, after, until)

    def _time(self, tick: int) -> int:
        """When a tick was."""
        query = Query(until=tick, newest_first=True, limit=1)
        return next((commit.at for commit, _ in self.system.ledger.history(query)), 0)

    def _keep(self, kept: Kept, usual: Fitted, reason: str) -> None:
        with self.system.latch.storing():
            self.system.blobs.put(usual.to_bytes())
            self._write(kept, "fit", reason or f"{kept.monitor}: {usual.reference.source}")

    def _keep_thresholds(
        self, kept: Kept, found: dict[str, Threshold], *, monitor: Monitor
    ) -> Kept:
        text = canonical({name: one.to_json() for name, one in found.items()})
        with self.system.latch.storing():
            made = replace(kept, calibration=self.system.blobs.put(text), window=monitor.window)
            self._write(made, "calibrate", f"{kept.monitor}: {len(found)} thresholds")
        return made

    def _write(self, kept: Kept, operation: str, reason: str) -> None:
        event = Event(STORE, kept.key, asdict(kept), (Edge(f"release:{kept.release}"),))
        Journal(self.system, kept.environment, operation, "").write([event], reason=reason)

    def _thresholds(self, kept: Kept) -> dict[str, Threshold]:
        if not kept.calibration:
            return {}
        return read(json.loads(self.system.blobs.get(kept.calibration)))

    def _decisions(self, stretch: Stretch) -> Decisions:
        system = self.system
        return Decisions(system.ledger, system.rollups(), stretch=stretch, paths=self._paths)

    def _tabulate(self, rows: Sequence[Seen], monitor: Monitor, usual: Fitted) -> Any:
        return tabulate(rows, monitor.watch, topics=usual.topics, embed=self._embed)

    def _environment(self, environment: str | None) -> str:
        name = environment or self.system.settings.project.environment
        return self.system.head(name).environment

    def _other_embedder(self, usual: Fitted) -> str:
        mine = self._embedder_digest()
        if any(one.embedder != mine for one in usual.topics.values()):
            return "meanings were embedded by another embedder: 'holdfast drift fit'"
        return ""

    def _embedder_digest(self) -> str:
        return digest(self._embedder().identity)

    def _embedder(self) -> Embedder:
        return self.system.embedders(embedder_identity(self.system.settings))

    def _embed(self, texts: Sequence[str]) -> Floats:
        """Vectors of texts; what was embedded lately is not embedded again."""
        if len(self._vectors) > REMEMBERED:
            self._vectors.clear()
        new = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if new:
            vectors = self._embedder().embed(new)
            self._vectors.update(zip(new, vectors.astype(np.float64), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def _repeats(monitor: Monitor) -> list[str]:
    return [name for name in monitor.watch if signal(name).kind == "repeat"]


def newest(ledger: Ledger) -> int:
    """Tick of the newest decision; 0 for none."""
    query = Query(store="decisions", newest_first=True, limit=1)
    return next((commit.tick for commit, _ in ledger.history(query)), 0)


def pinned(ledger: Ledger) -> set[str]:
    """Digests of the references and thresholds that monitors ever had: no clean-up takes them."""
    found: set[str] = set()
    for _, entry in ledger.history(Query(store=STORE)):
        if entry.value is not None:
            found |= {entry.value["reference"], entry.value["calibration"]} - {""}
    return found
