"""Scores: what a scorer says of one answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from holdfast.domain.dataset import Case


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of evidence that was in the prompt."""

    id: str
    document: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """An answer to a case, as it came out: what every scorer looks at.

    ``error`` is set, and nothing is scored, when the infrastructure failed (a provider, a
    time-out): such an output enters no denominator.
    """

    case: str
    sample: int
    answer: str
    status: str
    """answered, blocked, failed: as in a decision."""
    seed: int | None = None
    passages: tuple[Passage, ...] = ()
    retrieved: tuple[str, ...] = ()
    """Corpus paths of all hits, best first."""
    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    error: str = ""
    error_code: str = ""
    behaviour: str = ""
    """The stamp's behaviour digest, when there was a stamp."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A case with one output: the argument of every scorer."""

    case: Case
    output: Output


@dataclass(frozen=True, slots=True)
class Score:
    """One scorer's word on one sample.

    ``value``: a bool is an assertion, a number a score (higher is better unless the scorer says
    otherwise), a str a label, ``None`` not applicable or failed. ``error`` tells why it failed: a
    crashed scorer is a record, never a gap. ``detail`` says what the value rests on.
    """

    scorer: str
    value: bool | float | str | None
    error: str = ""
    unsure: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
