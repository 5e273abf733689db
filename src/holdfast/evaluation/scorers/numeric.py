"""The number in the answer is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.scorer import HIGHER, absent
from holdfast.evaluation.scorers.words import Quantity, quantities, unit, words


@dataclass(frozen=True, slots=True)
class Numeric:
    """An assertion: a number of the right unit is within tolerance of the expected one.

    Expected is ``metadata["number"]``, else the first number of the reference that has the unit.
    ``unit`` empty: the word after the expected number, if the answer uses it too, else any number.
    The larger of ``absolute`` and ``relative`` tolerance counts. With ``only``, every number of
    that unit must be right.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    name: str = "numeric"
    unit: str = ""
    absolute: float = 0.0
    relative: float = 1e-9
    only: bool = False

    def __post_init__(self) -> None:
        for tolerance in (self.absolute, self.relative):
            if not 0 <= tolerance < float("inf"):
                raise UsageError(f"scorer {self.name!r}: tolerance {tolerance!r} is below 0")

    def __call__(self, sample: Sample) -> Score:
        wanted = self._wanted(sample)
        if wanted is None:
            return absent(self, "neither metadata nor reference has a number")
        said = quantities(words(sample.output.answer))
        measured = _of(said, wanted.unit) if wanted.unit else said
        allowed = max(self.absolute, self.relative * abs(wanted.value))
        right = [abs(quantity.value - wanted.value) <= allowed for quantity in measured]
        verdict = bool(right) and (all(right) if self.only else any(right))
        detail = {
            "expected": wanted.value,
            "unit": wanted.unit,
            "found": [q.value for q in measured],
        }
        return Score(self.name, verdict, detail=detail)

    def _wanted(self, sample: Sample) -> Quantity | None:
        name = unit(self.unit) if self.unit else ""
        given = sample.case.metadata.get("number")
        if isinstance(given, int | float) and not isinstance(given, bool):
            return Quantity(float(given), name)
        said = quantities(words(sample.case.reference))
        measured = _of(said, name) if name else said
        if not measured:
            return None
        first = measured[0]
        own = name or unit(first.unit)
        spoken = {unit(q.unit) for q in quantities(words(sample.output.answer))}
        return Quantity(first.value, own if name or own in spoken else "")


def _of(said: Sequence[Quantity], name: str) -> list[Quantity]:
    return [quantity for quantity in said if unit(quantity.unit) == name]
