"""Finding the one difference that matters, with few tests.

Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE 2002): the
difference between a good and a bad configuration is narrowed from both sides. Where every test
says good or bad it is a halving; a test that cannot say makes it look at smaller parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

GOOD, BAD, UNSURE = "good", "bad", "unsure"


@dataclass(frozen=True, slots=True)
class Isolated:
    """What is left: with ``good`` applied all is well, with ``bad`` too it is not."""

    good: frozenset[int]
    bad: frozenset[int]

    @property
    def difference(self) -> tuple[int, ...]:
        """The items that make the difference; one, unless tests could not say."""
        return tuple(sorted(self.bad - self.good))


def halve(weights: Sequence[int], test: Callable[[int], str]) -> tuple[int, int]:
    """Two neighbouring places in a sequence between which good becomes bad.

    ``test(n)`` says how it is after the first ``n`` steps: good for 0 and bad for all, which is
    not asked. A step's weight says how much there is to look at within it, so that the halves are
    alike in that. Places that cannot say are passed over; if none between two can say, they are
    what is returned, and lie further apart than one step.

    >>> halve([1] * 1000, lambda n: BAD if n > 617 else GOOD)
    (617, 618)
    """
    ends = [0, *accumulate(weights)]
    low, high = 0, len(weights)
    unsure: set[int] = set()
    while True:
        between = [n for n in range(low + 1, high) if n not in unsure]
        if not between:
            return low, high
        middle = (ends[low] + ends[high]) / 2
        place = min(between, key=lambda n: (abs(ends[n] - middle), n))
        said = test(place)
        if said == GOOD:
            low = place
        elif said == BAD:
            high = place
        else:
            unsure.add(place)


def isolate(count: int, test: Callable[[frozenset[int]], str]) -> Isolated:
    """The smallest difference found between none of ``count`` items (good) and all of them (bad).

    ``test`` says how it is with some of the items applied. The result holds for what was tested;
    that the difference alone, without ``good``, is enough is another question.

    >>> isolate(100, lambda some: BAD if 42 in some else GOOD).difference
    (42,)
    """
    known: dict[frozenset[int], str] = {}

    def said(some: frozenset[int]) -> str:
        if some not in known:
            known[some] = test(some)
        return known[some]

    good, bad = frozenset[int](), frozenset(range(count))
    parts = 2
    while len(bad - good) > 1:
        left = sorted(bad - good)
        parts = min(parts, len(left))
        narrowed = _narrow(good, bad, _split(left, parts), said)
        if narrowed is not None:
            good, bad = narrowed
            parts = 2
        elif parts == len(left):
            break
        else:
            parts *= 2
    return Isolated(good, bad)


def _narrow(
    good: frozenset[int],
    bad: frozenset[int],
    parts: Sequence[frozenset[int]],
    said: Callable[[frozenset[int]], str],
) -> tuple[frozenset[int], frozenset[int]] | None:
    """The first part that moves one of the two sides."""
    for part in parts:
        for some in (good | part, bad - part):
            if some in (good, bad):
                continue
            verdict = said(some)
            if verdict == BAD:
                return good, some
            if verdict == GOOD:
                return some, bad
    return None


def _split(items: Sequence[int], parts: int) -> list[frozenset[int]]:
    bounds = [round(len(items) * n / parts) for n in range(parts + 1)]
    return [frozenset(items[a:b]) for a, b in pairwise(bounds)]
