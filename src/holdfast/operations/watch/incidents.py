"""Incidents: what is gathered by itself when an objective burns, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from holdfast.domain.digest import short
from holdfast.domain.event import Commit, Edge, Entry, Event
from holdfast.errors import HoldfastError, MomentError, NotFoundError
from holdfast.observation.alert import newest
from holdfast.observation.columns import Answer
from holdfast.observation.duration import HOUR
from holdfast.observation.fact import Fact
from holdfast.observation.onset import Onset, onset
from holdfast.observation.suspect import Changed, Suspect, fingerprints, suspects
from holdfast.operations.journal import Journal
from holdfast.operations.rollback import Plan, plan
from holdfast.operations.system import System
from holdfast.operations.watch.rounds import heard
from holdfast.ports.ledger import Query

STORE = "incidents"
OPEN, RESOLVED = "open", "resolved"
BEFORE = 24 * HOUR
"""How long before it began a change may have been made, at most."""
RESTS = 0.1
"""Strength from which a decision rests on a passage, and was not only shown it."""
SHOWN = 50
"""Decisions and suspects that are kept."""
LINKED = 2_000
"""Decisions whose lineage is looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ledger says of an incident."""

    onset: Onset | None
    bad: int
    good: int
    """Decisions since it began."""
    decisions: tuple[str, ...]
    """Bad ones, the first of them."""
    suspects: tuple[Suspect, ...]
    back_to: str
    """The last moment before the first suspect's change, or before it began; empty if none."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A time when an objective was not met."""

    id: str
    environment: str
    slo: str
    severity: str
    status: str
    opened: int
    resolved: int | None
    note: str
    evidence: dict[str, Any]

    def event(self, decisions: Sequence[str] = ()) -> Event:
        """The event that says so."""
        edges = tuple(Edge(f"decision:{name}") for name in decisions)
        return Event(STORE, self.id, asdict(self), edges)


@dataclass(frozen=True, slots=True)
class Witness:
    """An answer that was good or bad, and what it rests on; None where nobody looked."""

    at: int
    bad: bool
    rests: frozenset[str] | None
    decision: str = ""
    """Empty where there is none: probes."""


class Incidents:
    """What went wrong: ``Incidents(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system

    def all(self, environment: str | None = None) -> list[Incident]:
        """Every incident, the newest first."""
        found = [Incident(**value) for value in newest(self._system.ledger, STORE).values()]
        chosen = (one for one in found if environment in (None, one.environment))
        return sorted(chosen, key=lambda one: -one.opened)

    def find(self, name: str) -> Incident:
        """The incident of an id or the beginning of it; ``last`` is the newest."""
        known = self.all()
        found = known[:1] if name == "last" else [one for one in known if one.id.startswith(name)]
        if not found:
            raise NotFoundError(f"no incident {name!r}; 'holdfast incidents' lists them")
        if len(found) > 1:
            raise MomentError(f"{name!r} could be any of {', '.join(one.id for one in found)}")
        return found[0]

    def rehearse(self, incident: Incident) -> Plan | None:
        """The dry run of the rollback that the evidence proposes; None if there is none."""
        back_to = incident.evidence["back_to"]
        return plan(self._system, incident.environment, to=back_to) if back_to else None

    def resolve(self, name: str, *, note: str = "") -> Incident:
        """Close an incident with a note of what it was."""
        found = self.find(name)
        done = replace(
            found,
            status=RESOLVED,
            resolved=found.resolved or self._system.clock.now(),
            note=note or found.note,
        )
        journal = Journal(self._system, found.environment, "incident", f"incident:{found.id}")
        journal.write([done.event()], reason=note)
        return done

    def gather(
        self,
        answers: Sequence[Answer | Fact],
        good: Sequence[bool | None],
        *,
        environment: str,
        earliest: int = 0,
    ) -> Evidence:
        """Everything the ledger says: when, which decisions, what changed, who did it.

        ``good`` says it of each answer; None where it does not count. What changed before
        ``earliest`` is no suspect.
        """
        judged = [(one, not right) for one, right in zip(answers, good, strict=True)
                  if right is not None]  # fmt: skip
        rests = self._rests([one for one, _ in judged[-LINKED:]])
        seen = [(one.at, one.model, one.fingerprint) for one in answers]
        held = [Witness(one.at, bad, rests.get(one.decision), one.decision) for one, bad in judged]
        models = fingerprints(seen)
        return self._weigh(held, models=models, environment=environment, earliest=earliest)

    def asked(self, environment: str, *, probe: str) -> Evidence:
        """The same of a probe, from what it was answered since its baseline."""
        found = heard(self._system, environment, probe=probe)
        held = [Witness(one.at, one.bad, one.rests) for one in found]
        seen = [(one.at, one.model, "") for one in found]
        return self._weigh(held, models=fingerprints(seen), environment=environment)

    def _weigh(
        self,
        judged: Sequence[Witness],
        *,
        models: Sequence[Changed],
        environment: str,
        earliest: int = 0,
    ) -> Evidence:
        began = onset([(one.at, one.bad) for one in judged])
        start = began.earliest if began else (judged[0].at if judged else 0)
        first = next((one.at for one in judged if one.bad and one.at >= start), start)
        since = [one for one in judged if one.at >= first]
        wrong = [one for one in since if one.bad]
        looked = [(one, one.rests) for one in judged if one.rests is not None]
        since_when = max(first - BEFORE, earliest)
        changes = self._changes(models, environment, since=since_when, until=first)
        found = suspects(
            changes,
            bad=[rests for one, rests in looked if one.bad and one.at >= first],
            good=[rests for one, rests in looked if not one.bad],
        )
        return Evidence(
            began,
            len(wrong),
            len(since) - len(wrong),
            tuple(one.decision for one in wrong if one.decision)[:SHOWN],
            found[:SHOWN],
            self._back_to(found, first, environment),
        )

    def _rests(self, facts: Sequence[Answer | Fact]) -> dict[str, frozenset[str]]:
        """What each decision rests on, as references: documents, ratings, release, model."""
        wanted = {fact.decision: fact for fact in facts}
        events = {}
        if facts:
            query = Query(store="decisions", since=facts[0].at)
            for _, entry in self._system.ledger.history(query):
                if entry.key in wanted and entry.value is not None:
                    events[entry.id] = entry
        chunks = self._rated()
        strong: dict[str, set[str]] = {name: set() for name in wanted}
        documents = {
            entry.key: {hit["chunk"]: hit["document"] for hit in entry.value["stamp"]["hits"]}
            for entry in events.values()
        }
        for link in self._system.ledger.links(events=list(events)):
            kind, _, name = link.edge.source.partition(":")
            if kind == "chunk" and link.edge.strength >= RESTS and name in documents[link.key]:
                strong[link.key].add(f"document:{documents[link.key][name]}")
        for entry in events.values():
            fact = wanted[entry.key]
            model = f"{fact.model} {fact.fingerprint}".strip()
            strong[entry.key] |= {f"release:{fact.release}", f"model:{model}"}
            strong[entry.key] |= {chunks.get(ref, ref) for ref in entry.value["stamp"]["ratings"]}
        return {name: frozenset(refs) for name, refs in strong.items()}

    def _rated(self) -> dict[str, str]:
        """The rated chunk of each rating's event."""
        query = Query(store="ratings")
        return {e.ref: _rated_chunk(e) for _, e in self._system.ledger.history(query)}

    def _changes(
        self, models: Sequence[Changed], environment: str, *, since: int, until: int
    ) -> list[Changed]:
        """What changed in a time: documents, releases, ratings on the ledger, and models."""
        cut = self._system.head(environment).cut
        found: dict[str, Changed] = {}
        moves = self._system.timelines.moves(environment)
        timelines = {move.timeline for move in moves} | {cut.timeline}
        for store, tell in (("documents", _document), ("releases", _release), ("ratings", _rating)):
            for commit, entry in self._system.ledger.history(
                Query(store=store, since=since, before=until)
            ):
                if entry.timeline in timelines and (one := tell(commit, entry)) is not None:
                    found[one.ref] = one
        return [*found.values(), *(one for one in models if since <= one.at <= until)]

    def _back_to(self, found: Sequence[Suspect], first: int, environment: str) -> str:
        """The newest moment before the first suspect came, else before the first bad decision."""
        guilty = next((s for s in found if s.p_value < 0.05 and s.changed.tick), None)  # noqa: PLR2004
        try:
            if guilty is not None:
                return str(self._system.cut(environment, f"@{guilty.changed.tick}~1"))
            before = Query(before=first - 1, newest_first=True, limit=1)
            commit = next((c for c, _ in self._system.ledger.history(before)), None)
            return str(self._system.cut(environment, f"@{commit.tick}")) if commit else ""
        except HoldfastError:
            return ""


def _changed(kind: str, name: str, ref: str, commit: Commit) -> Changed:
    return Changed(
        kind, name, ref, commit.tick, commit.at, commit.operation, commit.actor, commit.reason
    )


def _document(commit: Commit, entry: Entry) -> Changed | None:
    if entry.value is None:
        return _changed("document removed", entry.key, f"removed:{entry.key}", commit)
    return _changed("document", entry.key, f"document:{entry.value['document']}", commit)


def _release(commit: Commit, entry: Entry) -> Changed | None:
    if entry.key != "deployed" or entry.value is None:
        return None
    release = entry.value["release"]
    return _changed("release", short(release), f"release:{release}", commit)


def _rating(commit: Commit, entry: Entry) -> Changed | None:
    if entry.value is None:
        return None
    chunk = _rated_chunk(entry)
    return _changed("feedback", chunk[:24], chunk, commit)


def _rated_chunk(entry: Entry) -> str:
    return "rating:" + entry.key.partition("/")[0]
