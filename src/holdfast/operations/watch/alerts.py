"""Raise alerts, open incidents, tell people: one pass at a time, safe to run anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from holdfast.domain.alert import FIRING, Notice
from holdfast.domain.decision import new_id
from holdfast.domain.digest import digest, short
from holdfast.domain.event import Change, Event, Expect
from holdfast.errors import ConflictError, FencedError, HoldfastError, NotFoundError, UsageError
from holdfast.observation import channel
from holdfast.observation.alert import (
    NOTICES,
    SILENCES,
    STORE,
    Notified,
    Raised,
    Silence,
    burning,
    changes,
    newest,
    raised,
    silences,
)
from holdfast.observation.channel import Channels, Target
from holdfast.observation.columns import Columns, answers
from holdfast.observation.duration import HOUR, SECOND, duration
from holdfast.observation.objective import Standing, standing
from holdfast.operations import budgets
from holdfast.operations.budgets import Budgets
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.operations.watch import alarms as drifting
from holdfast.operations.watch.alarms import Alarms
from holdfast.operations.watch.incidents import OPEN, RESOLVED, Evidence, Incident, Incidents
from holdfast.operations.watch.monitors import Checked, Monitors
from holdfast.operations.watch.objectives import LEAST, Objectives
from holdfast.operations.watch.observations import Observations, Span
from holdfast.operations.watch.rounds import PREFIX, alarms

ATTEMPTS = 8
"""Tries to deliver a notice: after 1, 2, 4 ... seconds, two minutes at most."""
LONGEST = 120 * SECOND
LABELS = ("environment", "slo", "severity", "alertname")


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass found and did."""

    standings: tuple[Standing, ...]
    began: tuple[Raised, ...]
    ended: tuple[Raised, ...]
    told: tuple[Notified, ...]
    columns: Columns
    """The decisions that objectives were held against."""
    drift: Checked | None = None
    """What the monitors said; None where nothing is watched."""


class Alerts:
    """Alerts of a project: ``Alerts(project.system)``."""

    def __init__(self, system: System, *, monitors: Monitors | None = None) -> None:
        self._system = system
        self._budgets = Budgets(system)
        self._drift = Alarms(system, monitors=monitors)
        self._failed: dict[str, tuple[int, int]] = {}

    def all(self, environment: str | None = None) -> list[Raised]:
        """Every alert with its latest state, the newest first."""
        return raised(self._system.ledger, environment or "")

    def silent(self) -> list[Silence]:
        """Silences that are not over."""
        now = self._system.clock.now()
        return [one for one in silences(self._system.ledger) if now < one.until]

    def check(self, environment: str | None = None) -> Passed:
        """Look at objectives, probes, monitors: raise, resolve, open incidents, tell people."""
        name = environment or self._system.settings.project.environment
        channels = channel.load(self._system.root)
        promised = Objectives(self._system).all()
        now = self._system.clock.now()
        span = max((LEAST, *(one.window for one in promised)))
        columns = Observations(self._system).columns(name, Span(now - span, now))
        found = tuple(
            standing(one, columns, now=now, false_pages=channels.false_pages_a_year)
            for one in promised
        )
        firing = [
            *burning(found, environment=name, now=now),
            *alarms(self._system, name, now=now),
            *self._budgets.alarms(name, now=now),
            *self._drift.firing(name, now=now),
        ]
        new = changes(self.all(name), firing, now=now)
        began = self._begin([one for one in new if one.ended is None], found, columns)
        ended = self._end([one for one in new if one.ended is not None])
        told = self.deliver(channels)
        return Passed(found, began, ended, told, columns, self._drift.last(name))

    def silence(self, match: Mapping[str, str], *, length: str, reason: str = "") -> Silence:
        """Tell nobody of alerts whose labels match, for a time. Raises ``UsageError``."""
        for label in match:
            if label not in LABELS:
                raise UsageError(f"alerts have no label {label!r}; they have {', '.join(LABELS)}")
        if not match:
            raise UsageError("a silence of everything is refused; name a label: slo=NAME")
        now = self._system.clock.now()
        made = Silence(new_id("s", at=now), dict(match), now + duration(length), reason)
        self._write(self._default, Event(SILENCES, made.id, asdict(made)), "silence", reason)
        return made

    def unsilence(self, name: str) -> Silence:
        """End a silence now."""
        known = [one for one in self.silent() if one.id.startswith(name)]
        if len(known) != 1:
            raise NotFoundError(f"no silence {name!r}; 'holdfast alerts' lists them")
        done = replace(known[0], until=self._system.clock.now())
        self._write(self._default, Event(SILENCES, done.id, asdict(done)), "silence", "ended")
        return done

    def test(self, name: str) -> None:
        """Send a notice to a receiver, now. Raises ``NotifyError``, ``NotFoundError``."""
        targets = {target.name: target for target in channel.load(self._system.root).targets}
        if name not in targets:
            there = ", ".join(targets) or f"none; write {channel.FILE}"
            raise NotFoundError(f"no receiver {name!r}; there are {there}")
        now = self._system.clock.now()
        one = Raised(self._default, "test", "ticket", now, now, "", "A test.", 0.0, 0, 0)
        self._system.notifiers(targets[name]).send(Notice(name, "test", (one.told(),)))

    def deliver(self, channels: Channels) -> tuple[Notified, ...]:
        """Send what is due: each state of each alert once to each receiver, in one notice each."""
        now = self._system.clock.now()
        known = {
            key: Notified(**value) for key, value in newest(self._system.ledger, NOTICES).items()
        }
        quiet = self.silent()
        alerts = [one for one in self.all() if not any(s.covers(one, now=now) for s in quiet)]
        told: list[Notified] = []
        for target in channels.targets:
            repeat = round(channels.repeat_hours * HOUR)
            due = [
                one
                for one in alerts
                if target.wants(one.told()) and _due(one, known, target, now=now, repeat=repeat)
            ]
            if due:
                told += self._send(target, due, now)
        return tuple(told)

    def _send(self, target: Target, due: list[Raised], now: int) -> list[Notified]:
        """One notice; a failure is tried again later, and is a record after the last try."""
        group = short(digest([one.told().fingerprint for one in due] + [one.state for one in due]))
        key = f"{target.name}/{group}"
        attempts, next_at = self._failed.get(key, (0, 0))
        if now < next_at:
            return []
        environments = {one.environment for one in due}
        labels = {"environment": environments.pop()} if len(environments) == 1 else {}
        notice = Notice(target.name, f"{{}}:{labels}", tuple(one.told() for one in due), labels)
        error = ""
        try:
            self._system.notifiers(target).send(notice)
        except HoldfastError as e:
            error = str(e)
            if attempts + 1 < ATTEMPTS:
                pause = min(2**attempts * SECOND, LONGEST)
                self._failed[key] = (attempts + 1, now + pause)
                return []
        self._failed.pop(key, None)
        made = [
            Notified(target.name, one.key, one.since, one.state, now, attempts + 1, error)
            for one in due
        ]
        for one in made:
            self._write(self._default, one.event(), "notify", error)
        return made

    def _begin(
        self, new: Sequence[Raised], found: Sequence[Standing], columns: Columns
    ) -> tuple[Raised, ...]:
        room = Incidents(self._system)
        began: list[Raised] = []
        for one in sorted(new, key=lambda alert: alert.severity):
            running = [
                i for i in room.all(one.environment) if i.status == OPEN and i.slo == one.slo
            ]
            events: list[Event] = []
            if running:
                incident = running[0]
            else:
                evidence = self._evidence(one, found, columns)
                incident = Incident(
                    new_id("i", at=one.since),
                    one.environment,
                    one.slo,
                    one.severity,
                    OPEN,
                    one.since,
                    None,
                    "",
                    asdict(evidence),
                )
                events.append(incident.event(evidence.decisions))
            alert = replace(one, incident=incident.id)
            if self._raise(alert, events):
                began.append(alert)
        return tuple(began)

    def _evidence(self, one: Raised, found: Sequence[Standing], columns: Columns) -> Evidence:
        """What the ledger says of what raised an alert: probe, monitor or objective."""
        room = Incidents(self._system)
        if one.slo.startswith(PREFIX):
            return room.asked(one.environment, probe=one.slo.removeprefix(PREFIX))
        if one.slo.startswith(drifting.PREFIX):
            return self._drift.evidence(one)
        if one.slo.startswith(budgets.PREFIX):
            return Evidence(None, 0, 0, (), (), "")
        promised = next(s.objective for s in found if s.objective.name == one.slo)
        judged = promised.indicator.judged(columns)
        good: list[bool | None] = [None] * columns.size
        for row, right in zip(judged.rows.tolist(), judged.good.tolist(), strict=True):
            good[row] = right
        every = answers(columns, np.arange(columns.size))
        return room.gather(every, good, environment=one.environment)

    def _end(self, over: Sequence[Raised]) -> tuple[Raised, ...]:
        room = Incidents(self._system)
        ended = tuple(one for one in over if self._raise(one, []))
        for one in ended:
            still = [a for a in self.all(one.environment) if a.slo == one.slo and a.ended is None]
            for incident in room.all(one.environment):
                if incident.id == one.incident and incident.status == OPEN and not still:
                    done = replace(incident, status=RESOLVED, resolved=one.ended)
                    self._write(one.environment, done.event(), "incident", "it has ended")
        return ended

    def _raise(self, alert: Raised, events: Sequence[Event]) -> bool:
        """Write an alert's state, unless another process did; False then."""
        view = self._system.view(alert.environment)
        known = view.get(STORE, alert.key)
        change = Change(
            view.cut.timeline,
            "alert",
            (alert.event(), *events),
            expects=(Expect(STORE, alert.key, known.id if known else None),),
            actor=self._system.actor,
            reason=alert.summary if alert.state == FIRING else "it has ended",
            cause=f"incident:{alert.incident}",
        )
        try:
            self._system.append.append(change)
        except (ConflictError, FencedError):
            return False
        return True

    @property
    def _default(self) -> str:
        return self._system.settings.project.environment

    def _write(self, environment: str, event: Event, operation: str, reason: str) -> None:
        Journal(self._system, environment, operation, "").write([event], reason=reason)


def _due(
    alert: Raised, known: Mapping[str, Notified], target: Target, *, now: int, repeat: int
) -> bool:
    """Whether a receiver is to be told: a new state, or a firing one long ago."""
    last = known.get(f"{target.name}/{alert.key}")
    same = last is not None and last.since == alert.since
    if last is None or not same:
        # Who never heard of its beginning is not told of its end.
        return alert.state == FIRING
    if last.state != alert.state:
        return True
    return alert.state == FIRING and now - last.at >= repeat
