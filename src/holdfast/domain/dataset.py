"""Datasets: cases with what a good answer says and must not say."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from holdfast.domain.digest import digest


@dataclass(frozen=True, slots=True)
class Case:
    """One question, or the last one of a conversation, with what is known about good answers.

    Empty fields are unknown, and a scorer that needs one is not applied. ``cluster`` groups cases
    that are not independent (the same question reworded, the same document); ``tags`` are the
    slices it counts in. ``expect`` is the verdict an adversarial case should end in.
    """

    id: str
    question: str
    history: tuple[tuple[str, str], ...] = ()
    """Earlier turns: (question, answer)."""
    reference: str = ""
    """An answer that would be right."""
    facts: tuple[str, ...] = ()
    """Each must be in the answer."""
    forbidden: tuple[str, ...] = ()
    """None may be in the answer."""
    relevant: tuple[str, ...] = ()
    """Corpus paths of the documents that hold the answer."""
    context: tuple[str, ...] = ()
    """Passages planted beside what retrieval finds (adversarial cases)."""
    tags: tuple[str, ...] = ()
    cluster: str = ""
    weight: float = 1.0
    expect: str = "answer"
    """answer, refuse or unchanged"""
    intent: str = ""
    decision: str = ""
    """The decision it was made from, whose stamp it keeps."""
    metadata: dict[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Without the fields that are at their defaults."""
        blank = Case("", "")
        return {
            name: value
            for name, value in asdict(self).items()
            if name in ("id", "question") or value != getattr(blank, name)
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Case:
        """Lists become tuples; unknown keys are the caller's mistake (``TypeError``)."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(value) - known)
        if unknown:
            raise TypeError(f"unknown field {unknown[0]!r}")
        frozen: dict[str, Any] = {
            name: tuple(inner) if isinstance(inner, list) else inner
            for name, inner in value.items()
        }
        if "history" in frozen:
            frozen["history"] = tuple((turn[0], turn[1]) for turn in frozen["history"])
        return cls(**frozen)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named, ordered set of cases; its digest is that of its cases."""

    name: str
    cases: tuple[Case, ...]

    @property
    def digest(self) -> str:
        return digest([case.json() for case in self.cases])
