"""No larger number of a unit than allowed, where certain words stand."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.pipeline.guard.quantity import Unit
from holdfast.pipeline.guard.rule import Match, words
from holdfast.pipeline.guard.sentence import sentences
from holdfast.privacy.fold import Folded


class NumericLimit:
    """Met by a number of ``unit`` above ``largest`` in a sentence with one of ``terms``.

    ``window`` narrows that to a number so many characters from the term.
    """

    absent = False

    def __init__(
        self, terms: tuple[str, ...], *, unit: str, largest: float, window: int | None = None
    ) -> None:
        self._terms = words(terms, inflected=True)
        self._unit = Unit(unit)
        self._name = unit
        self._largest = largest
        self._window = window

    def find(self, text: Folded) -> Iterator[Match]:
        for first, last in sentences(text.text):
            sentence = text.text[first:last]
            terms = [match.span() for match in self._terms.finditer(sentence)]
            if not terms:
                continue
            for quantity in self._unit.quantities(sentence):
                near = self._near(quantity.start, quantity.end, terms)
                if near and quantity.value > self._largest:
                    yield Match(
                        first + quantity.start,
                        first + quantity.end,
                        f"{quantity.value:g} {self._name} is more than {self._largest:g}",
                    )

    def _near(self, start: int, end: int, terms: list[tuple[int, int]]) -> bool:
        if self._window is None:
            return True
        return any(max(left - end, start - right) <= self._window for left, right in terms)
