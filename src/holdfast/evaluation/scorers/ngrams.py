"""Texts as TF-IDF weights of their words, word pairs and letter groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from holdfast.evaluation.scorers.words import fold, words

LETTERS = (3, 4, 5)
READ = 2_000
"""Characters of a text that are read."""


def grams(text: str) -> Iterator[str]:
    """Words and pairs of them (``w:``), groups of letters within words (``c:``).

    >>> list(grams("Hi you"))[:5]
    ['w:hi', 'w:you', 'w:hi you', 'c: hi', 'c:hi ']
    """
    said = words(text[:READ])
    yield from (f"w:{word}" for word in said)
    yield from (f"w:{one} {other}" for one, other in pairwise(said))
    for word in fold(text[:READ]).split():
        padded = f" {word} "
        for size in LETTERS:
            for start in range(max(1, len(padded) - size + 1)):
                yield f"c:{padded[start : start + size]}"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """N-grams with their places and inverse document frequencies."""

    places: Mapping[str, int]
    idf: Sequence[float]

    def weights(self, text: str) -> dict[int, float]:
        """Place -> ``(1 + log tf) * idf``; words and letter groups each of unit length."""
        counts = Counter(gram for gram in grams(text) if gram in self.places)
        found: dict[int, float] = {}
        for kind in ("w:", "c:"):
            own = {
                self.places[gram]: (1 + math.log(n)) * self.idf[self.places[gram]]
                for gram, n in counts.items()
                if gram.startswith(kind)
            }
            length = math.sqrt(sum(value * value for value in own.values())) or 1.0
            found |= {place: value / length for place, value in own.items()}
        return found


def vocabulary(texts: Sequence[str], *, least: Mapping[str, int]) -> Vocabulary:
    """The n-grams that enough texts have; ``least`` says how many, for ``w`` and ``c``."""
    frequency: Counter[str] = Counter()
    for text in texts:
        frequency.update(set(grams(text)))
    kept = sorted(gram for gram, n in frequency.items() if n >= least[gram[0]])
    return chosen(kept, frequency=frequency, documents=len(texts))


def chosen(kept: Iterable[str], *, frequency: Mapping[str, int], documents: int) -> Vocabulary:
    """A vocabulary of given n-grams, with smoothed inverse document frequencies."""
    names = list(kept)
    idf = [math.log((1 + documents) / (1 + frequency[name])) + 1 for name in names]
    return Vocabulary({name: i for i, name in enumerate(names)}, idf)
