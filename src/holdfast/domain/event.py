"""What the ledger holds: changes made of events, and the stores they belong to."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.digest import Json
from holdfast.domain.moment import Cut, EventId

STORES: dict[str, str] = {
    "documents": "source path -> the document version that is live there",
    "corpus": "'state' -> digest and count of the live documents; 'index/…' -> how to search",
    "queue": "item -> a document on its way in: enqueued, claimed, committed or quarantined",
    "cache": "release/evidence/question -> an answer that may be given again",
    "memory": "session/decision -> one turn of a conversation",
    "feedback": "decision/id -> what somebody thought of an answer",
    "ratings": "chunk/decision/id -> +1 or -1, the part of feedback that ranking reads",
    "prompts": "prompt name -> its digest, as deployed",
    "releases": "digest -> a known release; 'deployed' -> the one that answers",
    "rollouts": "'canary', 'shadow', 'freeze' or 'at/ID' -> a release on its way in, or kept out",
    "shadows": "decision -> what a shadow would have answered, and how far that is the same",
    "decisions": "decision -> question, answer and stamp",
    "datasets": "dataset name -> a version of its cases",
    "runs": "run -> what was asked how often: dataset, subject, samples, seed",
    "outputs": "run/case/sample -> what was answered, or why nothing was",
    "scores": "run/scorer/batch -> what a scorer says of the outputs of a run",
    "judges": "judge -> a version of it: its digest",
    "judgements": "digest of all that it depends on -> what a judge's model answered",
    "calibrations": "judge digest/application -> how far the judge is right",
    "verdicts": "candidate run -> what the gate says of it against a baseline run",
    "taints": "dataset/case -> it was made of something that was taken back",
    "migrations": "migration -> where a move to another embedder or chunking is",
    "assessments": "decision/scorer -> what online scoring says of it",
    "labels": "decision/measure -> what a person says of it",
    "baselines": "environment/probe/release -> what a fixed question is usually answered",
    "probes": "environment/probe -> the newest round of answers to it, and where it stands",
    "monitors": "environment/monitor -> what it compares with, and from when it alarms",
    "alerts": "environment/objective/severity -> an alert that fires, or has ended",
    "incidents": "incident -> what is known of a time when an objective was not met",
    "silences": "silence -> alerts that nobody is told of until a time",
    "notices": "receiver/alert -> that somebody was told of its state, or could not be",
    "operations": "operation -> a creation, fork, rollback or recover: from where to where",
    "erasures": "request, or event -> what was erased and why; what stands in a value's place",
}
"""Every store of the ledger with its key and value; docs/reference/events.md says more."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An event derives from ``source``; ``strength`` in (0, 1] says how much rests on it.

    ``source`` is a reference: ``document:DIGEST``, ``chunk:ID``, ``decision:ID``, ``event:@12.0``,
    ``release:DIGEST`` ...
    """

    source: str
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """``key`` of ``store`` has ``value`` from now on; ``None`` means it is gone."""

    store: str
    key: str
    value: Json
    sources: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Expect:
    """Precondition: the newest visible event of a key has this id (``None``: the key is absent).

    A key whose newest event is a removal counts as absent.
    """

    store: str
    key: str
    event: EventId | None


@dataclass(frozen=True, slots=True)
class Change:
    """Events that happen together or not at all, on one timeline, under one tick.

    A change is refused when no environment heads its timeline (fencing), or when an expectation
    does not hold. No store and key stands twice in one change. ``cause`` is a reference to what
    made it happen (``decision:…``, ``operation:…``), or empty.
    """

    timeline: int
    operation: str
    """The verb: ingest, ask, feedback, deploy ..."""
    events: tuple[Event, ...]
    expects: tuple[Expect, ...] = ()
    actor: str = ""
    reason: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A change as the ledger keeps it."""

    tick: int
    timeline: int
    at: int
    """Microseconds since 1970 UTC; strictly grows with the tick."""
    operation: str
    actor: str
    reason: str
    cause: str
    events: int
    hash: str
    """sha256 over the previous commit's hash and this commit with its events' digests."""

    @property
    def cut(self) -> Cut:
        return Cut(self.timeline, self.tick)


@dataclass(frozen=True, slots=True)
class Erased:
    """A value was erased: by which request, and the digest of what was recorded."""

    request: str
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the ledger keeps it."""

    id: EventId
    timeline: int
    store: str
    key: str
    value: Json
    """What was recorded, or what an erasure left of it."""
    erased: Erased | None = None

    @property
    def ref(self) -> str:
        """``event:@12.0``, as edges and stamps name it."""
        return f"event:{self.id}"


@dataclass(frozen=True, slots=True)
class Fork:
    """A request to move an environment to a new timeline that starts at ``parent``.

    Serves creation, fork, rollback and recover alike: one timeline row, one environment row and
    one first change (its ``timeline`` field is ignored and replaced by the new number), in one
    transaction. ``expects`` is the timeline the environment must head now (``None``: there must
    be no such environment). ``parent`` is ``None`` for an empty timeline. ``id`` names the
    operation: a second call with the same id changes nothing and returns the first result.

    ``expects_tick``, when set, is the newest tick that the environment's timeline must have: what
    a plan that keeps everything up to the head (recover) was made for. ``revoked`` events lie at
    or before ``parent``; what ``parent`` has revoked stays so.
    """

    id: str
    environment: str
    parent: Cut | None
    expects: int | None
    change: Change
    revoked: frozenset[EventId] = frozenset()
    expects_tick: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One line of an environment's history: which timeline it headed since when."""

    environment: str
    timeline: int
    tick: int
    """The first tick on that timeline."""
    at: int
    operation: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A named cut."""

    name: str
    cut: Cut
    at: int
    actor: str
    reason: str
    corpus: str
    """Digest of the corpus at the cut, empty when there was none."""
