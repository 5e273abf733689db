"""A claim beside its evidence, read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.domain.digest import JsonObject


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a claim, by characters, and the log-odds that the evidence backs it."""

    start: int
    end: int
    logit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The log-odds that evidence backs a claim, and the same of the claim's parts.

    Not calibrated: of readings, only the order means something.
    """

    logit: float
    marks: tuple[Mark, ...] = ()


class Entailment(Protocol):
    """Reads claim and evidence. A pair is read alike, whatever pairs it comes with."""

    @property
    def identity(self) -> JsonObject:
        """What readings depend on (kind, weights, tokenizer): the component."""
        ...

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each (claim, evidence), in order. Raises ``ProviderError``."""
        ...
