"""A release on its way in: a canary, a shadow, a schedule; and a freeze, which keeps all out."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, TypeAlias

Arm: TypeAlias = Literal["baseline", "candidate"]
BASELINE: Arm = "baseline"
CANDIDATE: Arm = "candidate"
RUNNING, PROMOTED, ROLLED_BACK, ABORTED = "running", "promoted", "rolled back", "aborted"
WAITING, DONE, REFUSED, CANCELLED = "waiting", "done", "refused", "cancelled"


def drawn(name: str, unit: str) -> float:
    """A number in [0, 1) that a name and a unit determine, the same in every process.

    >>> 0 <= drawn("c-1", "session-7") < 1
    True
    """
    return int.from_bytes(hashlib.sha256(f"{name}/{unit}".encode()).digest()[:7]) / 2**56


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stands on the ledger as the JSON of its fields."""

    def json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(**value)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a canary is judged by; fixed when it starts."""

    measures: tuple[str, ...]
    """A decision is good unless one of these says otherwise."""
    margin: float
    confidence: float
    settle_seconds: float
    """How long after its first answer a conversation is counted."""


@dataclass(frozen=True, slots=True)
class Canary(_Kept):
    """A candidate that answers a share of an environment's conversations.

    >>> terms = Terms(("policy",), 0.03, 0.95, 60.0)
    >>> canary = Canary("c-1", "production", "aa", "bb", 0.5, terms)
    >>> {canary.arm("ann") for _ in range(9)}
    {'candidate'}
    """

    id: str
    environment: str
    candidate: str
    baseline: str
    share: float
    terms: Terms
    since: int = 0
    """When it started, microseconds since 1970 UTC."""
    forced: str = ""
    """What stood against the candidate when it was let in by force."""
    status: str = RUNNING

    @property
    def running(self) -> bool:
        return self.status == RUNNING

    def arm(self, unit: str) -> Arm:
        """Who answers a conversation, always the same; a larger share only adds candidates."""
        return CANDIDATE if drawn(self.id, unit) < self.share else BASELINE

    def json(self) -> dict[str, Any]:
        value = asdict(self)
        value["terms"]["measures"] = list(self.terms.measures)
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        terms = {**value["terms"], "measures": tuple(value["terms"]["measures"])}
        return cls(**{**value, "terms": Terms(**terms)})


@dataclass(frozen=True, slots=True)
class Shadow(_Kept):
    """A candidate that is asked a share of the questions, too; its answers are never served."""

    id: str
    environment: str
    candidate: str
    share: float
    since: int = 0
    status: str = RUNNING

    @property
    def running(self) -> bool:
        return self.status == RUNNING


@dataclass(frozen=True, slots=True)
class Schedule(_Kept):
    """A deployment to come; ``at`` in microseconds since 1970 UTC."""

    id: str
    environment: str
    release: str
    at: int
    reason: str = ""
    force: bool = False
    status: str = WAITING
    note: str = ""
    """Why it was refused."""


@dataclass(frozen=True, slots=True)
class Freeze(_Kept):
    """Nothing is deployed or ingested until a time (None: until it is lifted)."""

    environment: str
    reason: str
    until: int | None

    def holds(self, now: int) -> bool:
        """Whether it is in force."""
        return self.until is None or now < self.until
