"""Rounds of probes and their baselines as the ledger keeps them, and what they raise."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from holdfast.domain.event import Edge, Event
from holdfast.observation import probe as probing
from holdfast.observation.alert import TICKET, Raised
from holdfast.observation.answers import Answer
from holdfast.observation.probe import Probe
from holdfast.observation.vigil import ANSWERS, Vigil
from holdfast.operations.system import System
from holdfast.ports.ledger import Ledger, Query

ROUNDS, BASELINES = "probes", "baselines"
PREFIX = "probe:"
"""Before a probe's name where objectives have theirs."""
LONGEST = 1_000
"""Characters of an answer that a round keeps."""
QUOTED = 120
KEPT = 400
"""Rounds that an incident looks at, the newest."""


@dataclass(frozen=True, slots=True)
class Said:
    """Answers of a round that are the same, but for the time they took."""

    text: str
    count: int
    unusual: tuple[str, ...]
    """Aspects in which hardly one answer of the baseline was as strange."""
    model: str
    rests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """What a probe was answered at a time, and where it stands since its baseline.

    A claimed round is under way: ``claimed`` says since when, the rest is of the round before.
    """

    environment: str
    probe: str
    at: int
    release: str
    baseline: str
    """Digest of the baseline that it was judged by; empty before there is one."""
    vigil: dict[str, Any] | None
    answers: tuple[Said, ...] = ()
    overlap: float = 1.0
    """How much of the baseline's evidence was there; 1 is all of it, in its order."""
    moved: tuple[str, ...] = ()
    value: float = 0.0
    """Evidence that the answers have changed; ``threshold`` alarms."""
    threshold: float = 0.0
    errors: int = 0
    error: str = ""
    tokens: int = 0
    cost: float = 0.0
    claimed: int | None = None

    @property
    def key(self) -> str:
        return f"{self.environment}/{self.probe}"

    @property
    def asked(self) -> int:
        return sum(one.count for one in self.answers)

    @property
    def unusual(self) -> int:
        return sum(one.count for one in self.answers if one.unusual)

    def event(self) -> Event:
        """The event that says so."""
        return Event(ROUNDS, self.key, asdict(self))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Round:
        said = tuple(
            Said(**{**one, "unusual": tuple(one["unusual"]), "rests": tuple(one["rests"])})
            for one in value["answers"]
        )
        return cls(**{**value, "answers": said, "moved": tuple(value["moved"])})


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to a probe: whether it was unlike the baseline's, and what it rests on."""

    at: int
    bad: bool
    rests: frozenset[str]
    model: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a release usually answered to a question; its answers are a blob."""

    environment: str
    probe: str
    release: str
    question: str
    blob: str
    answers: int
    at: int
    cut: str
    """The moment that was asked."""
    tokens: int = 0
    cost: float = 0.0
    before: dict[str, Any] = field(default_factory=dict)
    """Whether the baseline before answers alike: ``release``, ``p_value``, ``effect``."""

    @property
    def key(self) -> str:
        return f"{self.environment}/{self.probe}/{self.release}"

    def event(self, *, reason: str = "") -> Event:
        """The event that says so."""
        value = {**asdict(self), "reason": reason}
        return Event(BASELINES, self.key, value, (Edge(f"release:{self.release}"),))


def rounds(ledger: Ledger, environment: str, *, probe: str, limit: int = 1) -> list[Round]:
    """The newest rounds on any timeline, the newest first: a rollback does not unmeasure."""
    query = Query(store=ROUNDS, key=f"{environment}/{probe}", newest_first=True, limit=limit)
    found = (entry.value for _, entry in ledger.history(query))
    return [Round.from_json(value) for value in found if value is not None]


def baseline(ledger: Ledger, environment: str, *, probe: str, release: str) -> Baseline | None:
    """The newest baseline of a release; None when there is none yet."""
    key = f"{environment}/{probe}/{release}"
    for _, entry in ledger.history(Query(store=BASELINES, key=key, newest_first=True, limit=1)):
        if entry.value is not None:
            return Baseline(**{k: v for k, v in entry.value.items() if k != "reason"})
    return None


def pinned(ledger: Ledger) -> set[str]:
    """Blobs of every baseline: no clean-up may take them."""
    entries = (entry for _, entry in ledger.history(Query(store=BASELINES)))
    return {entry.value["blob"] for entry in entries if entry.value is not None}


def spent(ledger: Ledger, environment: str, *, since: int) -> tuple[int, float]:
    """Tokens and dollars of all probes of an environment since a time."""
    tokens, cost = 0, 0.0
    for store in (ROUNDS, BASELINES):
        query = Query(store=store, prefix=f"{environment}/", since=since)
        for _, entry in ledger.history(query):
            if entry.value is not None and not entry.value.get("claimed"):
                tokens += entry.value["tokens"]
                cost += entry.value["cost"]
    return tokens, cost


def alarms(system: System, environment: str, *, now: int) -> list[Raised]:
    """What fires now: one alert for each probe and severity."""
    found = []
    for name, one in probing.load(system.root).probes.items():
        for last in rounds(system.ledger, environment, probe=name):
            usual = baseline(system.ledger, environment, probe=name, release=last.release)
            if usual is None or usual.blob != last.baseline:
                continue
            for severity, moved in severities(one, last.moved).items():
                found.append(_raised(last, severity=severity, moved=moved, now=now))
    return found


def severities(one: Probe, moved: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What has moved by how urgent it is: answers as the probe says, all else can wait."""
    urgent: dict[str, tuple[str, ...]] = {}
    for aspect in moved:
        severity = one.severity if aspect == ANSWERS else TICKET
        urgent[severity] = (*urgent.get(severity, ()), aspect)
    return urgent


def heard(system: System, environment: str, *, probe: str) -> list[Heard]:
    """Answers of the baseline and since, oldest first: what an incident is made of."""
    newest = rounds(system.ledger, environment, probe=probe, limit=KEPT)
    if not newest or not newest[0].baseline:
        return []
    blob = newest[0].baseline
    usual = json.loads(system.blobs.get(blob))["answers"]
    since = [one for one in reversed(newest) if one.baseline == blob and one.claimed is None]
    before = since[0].at - 1 if since else 0
    found = [
        Heard(before, bad=False, rests=frozenset(one["rests"]), model=one["model"]) for one in usual
    ]
    for one in since:
        for said in one.answers:
            strange = bool(said.unusual or one.overlap < 1)
            found += [Heard(one.at, strange, frozenset(said.rests), said.model)] * said.count
    return found


def said(answers: list[Answer], unusual: list[tuple[str, ...]]) -> tuple[Said, ...]:
    """Answers with what is unusual about each, the same ones together."""
    counted: dict[Said, int] = {}
    for one, aspects in zip(answers, unusual, strict=True):
        key = Said(one.text[:LONGEST], 1, aspects, one.model, one.rests)
        counted[key] = counted.get(key, 0) + 1
    return tuple(
        Said(key.text, count, key.unusual, key.model, key.rests) for key, count in counted.items()
    )


def vigil(last: Round | None) -> Vigil | None:
    """Where a probe stands; None before its first judged round."""
    return Vigil.from_json(last.vigil) if last is not None and last.vigil else None


def _raised(last: Round, *, severity: str, moved: tuple[str, ...], now: int) -> Raised:
    told = f"{last.probe} in {last.environment}: {' and '.join(moved)} moved from the baseline"
    strange = next((one for one in last.answers if one.unusual), None)
    if ANSWERS in moved and strange is not None:
        aspects = ", ".join(strange.unusual)
        told += f" ({aspects}); now “{strange.text[:QUOTED]}”"
    return Raised(
        last.environment,
        f"{PREFIX}{last.probe}",
        severity,
        now,
        None,
        "",
        f"{told}.",
        last.value / last.threshold if last.threshold else 0.0,
        last.unusual,
        last.asked,
    )
