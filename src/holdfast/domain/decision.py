"""Decisions: what was asked and answered, with everything needed to explain it."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from holdfast.domain.digest import digest
from holdfast.domain.document import Hit
from holdfast.domain.moment import Cut


def new_id(prefix: str, *, at: int) -> str:
    """A time-ordered id: prefix, milliseconds since 1970 in hex, 56 random bits.

    >>> new_id("d", at=1_700_000_000_000_000)[:14]
    'd-018bcfe56800'
    """
    return f"{prefix}-{at // 1000:012x}{secrets.token_hex(7)}"


@dataclass(frozen=True, slots=True)
class PromptStep:
    """One prompt of the chain as it was rendered and answered."""

    name: str
    rendered: str
    """Digest of the rendered messages."""
    output: str
    """Digest of what the model said."""
    model: str
    fingerprint: str | None
    seed: int | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    finish_reason: str = "stop"
    """stop, length, content_filter ... as the model's provider says."""


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """A policy rule that an answer (or question) met."""

    rule: str
    kind: str
    action: str
    """block, redact, flag or fallback"""
    detail: str
    where: str = "answer"
    """question, passage or answer"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Everything an answer depended on; ``replay`` needs nothing else.

    ``missing`` names the fields that could not be known (a provider that tells no fingerprint);
    a stamp without missing fields is complete.
    """

    release: str
    components: dict[str, str]
    timeline: int
    tick: int
    corpus: str
    """Digest of the live documents at the cut."""
    space: dict[str, Any]
    """preprocessing, embedder and index digests that the search used."""
    hits: tuple[Hit, ...]
    """What was retrieved, ranked, best first; the first ``used`` went into the prompt."""
    used: int
    evidence: str
    """Digest of the set of chunks in the prompt."""
    ratings: tuple[str, ...]
    """The feedback events that moved the ranking."""
    prompts: tuple[PromptStep, ...]
    sampling: dict[str, Any]
    cache: str | None
    """The cache entry (event reference) the answer came from."""
    memory: tuple[str, ...]
    """The memory turns (event references) that were in the prompt."""
    findings: tuple[GuardFinding, ...]
    latency: dict[str, float]
    """Seconds per stage."""
    cost: float | None
    """US dollars, when the price is known."""
    missing: tuple[str, ...] = ()
    canary: str = ""
    """The canary that was running, empty when none was."""
    arm: str = ""
    """Whose part the answer was: baseline or candidate."""

    @property
    def cut(self) -> Cut:
        return Cut(self.timeline, self.tick)

    @property
    def complete(self) -> bool:
        return not self.missing

    def behaviour(self) -> str:
        """Digest of what determines the answer.

        Equal on any machine and at any tick whose state is the same: leaves out the cut, event
        references, latency, cost and token counts.
        """
        return digest(
            {
                "release": self.release,
                "corpus": self.corpus,
                "space": self.space,
                "hits": [[h.chunk, h.score, h.similarity, h.lexical] for h in self.hits],
                "used": self.used,
                "prompts": [[p.name, p.rendered, p.output, p.seed] for p in self.prompts],
                "sampling": self.sampling,
                "findings": [asdict(f) for f in self.findings],
            }
        )


ANSWERED, BLOCKED, FAILED, FENCED = "answered", "blocked", "failed", "fenced"
"""What became of a decision: given, replaced by the guard, no answer, or rolled back under way."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A question, its answer and the stamp."""

    id: str
    at: int
    environment: str
    session: str
    question: str
    answer: str
    status: str
    stamp: Stamp
    error: str = ""
    error_code: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    redacted: dict[str, dict[str, int]] = field(default_factory=dict)
    """What was taken out before it was recorded: how often which kind, by field."""
    withheld: dict[str, Any] = field(default_factory=dict)
    """What is known of a text that is not there (``domain.withheld``)."""

    def json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Decision:
        stamp = dict(value["stamp"])
        stamp["hits"] = tuple(Hit(**hit) for hit in stamp["hits"])
        stamp["prompts"] = tuple(PromptStep(**step) for step in stamp["prompts"])
        stamp["findings"] = tuple(GuardFinding(**finding) for finding in stamp["findings"])
        for name in ("ratings", "memory", "missing"):
            stamp[name] = tuple(stamp[name])
        known = {f.name for f in fields(cls)} - {"stamp"}
        return cls(**{k: v for k, v in value.items() if k in known}, stamp=Stamp(**stamp))
