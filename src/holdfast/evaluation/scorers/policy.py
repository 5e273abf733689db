"""The answer keeps to rules that somebody else reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from holdfast.domain.digest import JsonObject
from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER


class Rules(Protocol):
    """Policy rules: what of a sample breaks which of them."""

    @property
    def identity(self) -> JsonObject: ...
    def __call__(self, sample: Sample) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """Any function as ``Rules``, under a name and version of its own."""

    function: Callable[[Sample], Sequence[str]]
    name: str
    version: int = 1

    @property
    def identity(self) -> JsonObject:
        return {"kind": "function", "name": self.name, "version": self.version}

    def __call__(self, sample: Sample) -> Sequence[str]:
        return self.function(sample)


@dataclass(frozen=True, slots=True)
class Policy:
    """An assertion: no rule is broken; ``detail`` names those that are."""

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    rules: Rules
    name: str = "policy"

    def __call__(self, sample: Sample) -> Score:
        broken = list(self.rules(sample))
        return Score(self.name, not broken, detail={"broken": broken})
