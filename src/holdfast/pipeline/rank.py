"""What feedback does to the order of search hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from holdfast.domain.document import Hit
from holdfast.errors import SettingsError

DIGITS = 6


@dataclass(frozen=True, slots=True)
class RankSettings:
    """How far feedback can move a hit, and how much of it that takes.

    ``weight`` bounds the change of a score to a factor from ``1 - weight`` to ``1 + weight``.
    ``prior`` is the number of ratings, half of them up, that every passage starts with.
    """

    weight: float = 0.15
    prior: float = 4.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight < 1.0:
            raise SettingsError(f"weight is {self.weight!r}: choose one from 0 to below 1")
        if not self.prior > 0.0:
            raise SettingsError(f"prior is {self.prior!r}: choose one above 0")


def rank(
    hits: Sequence[Hit],
    ratings: Mapping[str, tuple[int, int]],
    *,
    settings: RankSettings | None = None,
) -> list[Hit]:
    """Hits in the order that their scores and the ratings of their chunks give, best first.

    ``ratings`` maps a chunk id to its votes (up, down). The mean of a Beta posterior with a
    symmetric prior decides the factor, so a few votes move little and many votes never more than
    ``weight``: a score above ``(1 + weight) / (1 - weight)`` times another keeps its lead. Equal
    scores keep the order they came in. Scores are rounded to six decimals.

    >>> hits = [Hit("a", "", 1.0, 0.0, 0.0, 0), Hit("b", "", 0.95, 0.0, 0.0, 1)]
    >>> [(h.chunk, h.score) for h in rank(hits, {"b": (12, 0)})]
    [('b', 1.056875), ('a', 1.0)]
    """
    settings = settings or RankSettings()
    moved = [_rated(hit, ratings.get(hit.chunk, (0, 0)), settings) for hit in hits]
    return sorted(moved, key=lambda hit: -hit.score)


def _rated(hit: Hit, votes: tuple[int, int], settings: RankSettings) -> Hit:
    score = _moved(hit.score, votes, settings)
    return hit if score == hit.score else replace(hit, score=score)


def _moved(score: float, votes: tuple[int, int], settings: RankSettings) -> float:
    up, down = votes
    lean = (up - down) / (up + down + settings.prior)
    return round(score + abs(score) * settings.weight * lean, DIGITS)
