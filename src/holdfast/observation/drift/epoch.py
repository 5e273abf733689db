"""Evidence is begun anew again and again, so that what it rests on is never more than the newest.

A bettor who begins late has an e-value as good as one who began at once, and so has whoever spreads
a capital over many that begin at fixed places: theirs is the sum of all. Of it only one is kept at
a time, which began one to two epochs ago; it is less than the sum, and so evidence still. The
capital is spread as ``Gamblers`` spread theirs over the rows that come.
"""

from __future__ import annotations

from holdfast.statistics.drift.gamblers import waiting

__all__ = ["begin", "share"]

LENGTH = 1_000
"""Decisions of an epoch; as many as a window has, where that is larger."""


def begin(rows: int, *, window: int) -> int:
    """After how many of so many decisions the bettor began whose capital counts.

    >>> [begin(rows, window=50) for rows in (10, 1_999, 2_000, 1_000_000)]
    [0, 0, 1000, 999000]
    """
    length = max(LENGTH, window)
    return max(rows // length - 1, 0) * length


def share(begun: int, *, window: int) -> float:
    """The share of all capital that begins there; those of all beginnings are 1 together.

    >>> share(0, window=50) > 0.89, round(sum(share(n * 1_000, window=50) for n in range(900)), 2)
    (True, 0.95)
    """
    return waiting(begun) - waiting(begun + max(LENGTH, window))
