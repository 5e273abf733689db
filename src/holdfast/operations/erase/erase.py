"""Erase one user's content: planned, named on the ledger, then taken out of every file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import get_args

from holdfast.domain.decision import Decision, new_id
from holdfast.domain.digest import JsonObject
from holdfast.domain.erasure import STORE, marked
from holdfast.domain.event import Change, Commit, Event
from holdfast.errors import FencedError, NotFoundError, StorageError
from holdfast.observation.alert import newest
from holdfast.operations.erase.remains import Remains, remains
from holdfast.operations.erase.subject import SESSION, Subject
from holdfast.operations.erase.traces import count, erase_traces, settle, traces_of
from holdfast.operations.journal import TRIES, Journal
from holdfast.operations.keep import Keeper
from holdfast.operations.retention.clean import pinned
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.settings import Kind, PrivacySettings

BEGUN, DONE = "begun", "done"
Tell = Callable[[str], None]
"""Told what is worked on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure takes out, and what it cannot reach."""

    decisions: int
    values: dict[str, int]
    """Values of the ledger that are replaced, by store."""
    cases: dict[str, int]
    """Cases that datasets lose."""
    traces: int
    rows: int
    """Rows of spans and log records."""
    left: tuple[str, ...]
    """What stays, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A request on the ledger, and whether every file has been seen to."""

    request: str
    status: str
    """begun or done"""
    at: int
    actor: str
    reason: str
    decisions: int
    values: dict[str, int]
    cases: dict[str, int]
    traces: int


class Erasures:
    """Erasing on request: ``Erasures(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system

    def plan(self, subject: Subject) -> Plan:
        """What would be erased; nothing is changed. Raises ``NotFoundError``."""
        subject = self._known(subject)
        decisions = self._decisions(subject)
        found = remains(self._system, decisions, request="", write=False)
        traces = traces_of(self._system, subject, decisions=decisions)
        if not decisions and not traces:
            raise self._nothing(subject)
        rows = count(self._system, traces)
        left = self._left(subject)
        return Plan(len(decisions), found.stores, found.cases, len(traces), rows, left)

    def erase(
        self,
        subject: Subject,
        *,
        reason: str = "",
        defer: bool = False,
        progress: Tell = lambda _: None,
    ) -> Erasure:
        """Erase everything that was recorded of a subject until now; it cannot be undone.

        The values go in one transaction with the events that name them; files are seen to after
        it. Whatever stops it in between, ``resume`` goes on; with ``defer`` the files are left to
        it, for an hour when nobody waits to write. Raises ``NotFoundError`` when there is nothing,
        ``BusyError`` and ``StorageError``.
        """
        progress("sorting telemetry")
        settle(self._system)
        progress("looking for what is theirs")
        subject = self._known(subject)
        decisions = self._decisions(subject)
        traces = traces_of(self._system, subject, decisions=decisions)
        if not decisions and not traces:
            raise self._nothing(subject)
        request = new_id("e", at=self._system.clock.now())
        with self._system.latch.storing():
            found = remains(self._system, decisions, request=request, write=True)
            value = {
                "status": BEGUN,
                "subject": subject.json(),
                "decisions": sorted(decisions),
                "values": found.stores,
                "cases": found.cases,
                "blobs": sorted(found.blobs),
                "traces": traces,
            }
            self._begin(Event(STORE, request, value), found, reason=reason)
        if not defer:
            self._finish(request, value, reason=reason, progress=progress)
        return self.find(request)

    def resume(self, *, progress: Tell = lambda _: None) -> list[Erasure]:
        """Go on with every erasure that was stopped before all files were seen to."""
        waiting = [one for one in self.all() if one.status == BEGUN]
        known = newest(self._system.ledger, STORE)
        for one in waiting:
            self._finish(one.request, known[one.request], reason=one.reason, progress=progress)
        return [self.find(one.request) for one in waiting]

    def all(self) -> list[Erasure]:
        """Every erasure, the newest first; read on any timeline."""
        found: dict[str, Erasure] = {}
        for commit, entry in self._system.ledger.history(Query(store=STORE, prefix="e-")):
            found[entry.key] = _told(entry.key, entry.value, found.get(entry.key), commit)
        return sorted(found.values(), key=lambda one: -one.at)

    def find(self, request: str) -> Erasure:
        """One erasure by its id. Raises ``NotFoundError``."""
        for one in self.all():
            if one.request == request:
                return one
        raise NotFoundError(f"no erasure {request!r}; 'holdfast log --store erasures' lists them")

    def _known(self, subject: Subject) -> Subject:
        """A subject with the names that stand for theirs, where names tell too much."""
        privacy = self._system.settings.privacy
        every = PrivacySettings(redact=get_args(Kind), region=privacy.region)
        aliases = frozenset(Keeper.of(one).name(subject.name) for one in (privacy, every))
        return replace(subject, aliases=aliases)

    def _decisions(self, subject: Subject) -> frozenset[str]:
        history = self._system.ledger.history(Query(store="decisions"))
        values = (entry.value for _, entry in history if entry.value is not None)
        return frozenset(v["id"] for v in values if subject.owns(Decision.from_json(v)))

    def _begin(self, request: Event, found: Remains, *, reason: str) -> None:
        """Name and replace the values, in one transaction."""
        marks = (marked(e, request=request.key, remains=v) for e, v in found.values.items())
        events = (request, *marks)
        system, last = self._system, None
        for _ in range(TRIES):
            head = system.head(system.settings.project.environment)
            change = Change(
                head.timeline,
                "erase",
                events,
                actor=system.actor,
                reason=reason,
                cause=f"erasure:{request.key}",
            )
            try:
                system.eraser.erase(change, remains=found.values)
            except FencedError as e:
                last = e
            else:
                return
        raise FencedError("the environment was rolled back meanwhile; erase again") from last

    def _finish(self, request: str, value: JsonObject, *, reason: str, progress: Tell) -> None:
        """See to all files; done again, it does no harm."""
        system = self._system
        progress("removing cases of datasets")
        with system.latch.collecting():
            for blob in set(value["blobs"]) - pinned(system):
                system.blobs.drop(blob)
        progress("removing telemetry")
        erase_traces(system, value["traces"])
        try:
            system.rollups().forget(value["decisions"])
        except OSError as e:
            raise StorageError(
                f"kept rows of figures cannot be removed ({e}); correct that, then run "
                "'holdfast erase --resume'"
            ) from e
        progress("writing the inbox anew")
        system.inbox().scrub()
        progress("writing the ledger anew")
        system.eraser.scrub()
        done = Event(STORE, request, {**value, "status": DONE})
        environment = system.settings.project.environment
        Journal(system, environment, "erase", f"erasure:{request}").write([done], reason=reason)

    def _left(self, subject: Subject) -> tuple[str, ...]:
        """What no erasure reaches, said in words."""
        system = self._system
        said = ["backups and exports that were taken: erase or expire them where they are"]
        if system.settings.vault.path:
            said.append(
                f"bundles of the vault at {system.settings.vault.path!r}: they are sealed; remove "
                "those that 'holdfast vault list' shows from that time"
            )
        if subject.kind == SESSION:
            said.append("the session's name, which is part of keys that the hash chain covers")
        damaged = system.inbox().backlog().damaged
        if damaged:
            said.append(f"{damaged} request bodies in the inbox that nobody could read")
        return tuple(said)

    def _nothing(self, subject: Subject) -> NotFoundError:
        return NotFoundError(
            f"nothing of {subject.kind} {subject.name!r} is recorded; "
            "'holdfast decisions' shows what is"
        )


def _told(request: str, value: JsonObject, before: Erasure | None, commit: Commit) -> Erasure:
    """A request as its newest event says; it began with its first."""
    return Erasure(
        request,
        value["status"],
        before.at if before else commit.at,
        before.actor if before else commit.actor,
        commit.reason,
        len(value["decisions"]),
        value["values"],
        value["cases"],
        len(value["traces"]),
    )
