"""What repeated runs of one case say: reliability, and whether the case is flaky.

Count only runs that reached the system: an error of the infrastructure is neither a pass nor a
failure and never enters ``n``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Literal, TypeAlias

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.interval import Interval, clopper_pearson

__all__ = ["Behaviour", "Flakiness", "flakiness", "pass_all_k", "pass_at_k"]

Behaviour: TypeAlias = Literal["flaky", "passing", "failing", "undecided"]


@dataclass(frozen=True, slots=True)
class Flakiness:
    """What a case does when it is run again and again, and the interval of its pass rate."""

    behaviour: Behaviour
    rate: Interval

    @property
    def flaky(self) -> bool:
        """Whether both "it always passes" and "it always fails" are excluded."""
        return self.behaviour == "flaky"


def pass_at_k(passed: int, n: int, *, k: int) -> float:
    """Unbiased estimate of the chance that at least one of k runs passes.

    ``1 - C(n - c, k) / C(n, k)`` for c passes in n runs. M. Chen et al. (2021), arXiv 2107.03374.

    Raises:
        StatisticsError: no runs, more passes than runs, k below 1 or above n.

    >>> round(pass_at_k(3, 10, k=2), 4)
    0.5333
    """
    c, n = require.successes(passed, n)
    return 1 - comb(n - c, _drawn(k, n)) / comb(n, k)


def pass_all_k(passed: int, n: int, *, k: int) -> float:
    """Unbiased estimate of the chance that all of k runs pass (pass^k): reliability.

    ``C(c, k) / C(n, k)`` for c passes in n runs. S. Yao et al. (2024), arXiv 2406.12045.

    Raises:
        StatisticsError: no runs, more passes than runs, k below 1 or above n.

    >>> round(pass_all_k(9, 10, k=3), 4)
    0.7
    """
    c, n = require.successes(passed, n)
    return comb(c, _drawn(k, n)) / comb(n, k)


def flakiness(
    passed: int, n: int, *, confidence: float = 0.95, tolerance: float = 0.01
) -> Flakiness:
    """Is the case flaky, or does it only seem so for want of runs?

    Flaky when the exact interval of its pass rate (Clopper and Pearson 1934) excludes both
    "always fails" (up to ``tolerance``) and "always passes" (from ``1 - tolerance``); passing or
    failing when it excludes one of them; undecided when it excludes neither.

    Args:
        passed: runs that passed.
        n: runs that reached the system.
        confidence: of the interval.
        tolerance: how rarely a case may deviate and still count as steady.

    Raises:
        StatisticsError: no runs, more passes than runs, tolerance outside [0, 0.5).

    >>> flakiness(5, 10).behaviour, flakiness(9, 10).behaviour, flakiness(0, 10).behaviour
    ('flaky', 'passing', 'failing')
    >>> flakiness(1, 1).behaviour
    'passing'
    """
    if not 0 <= tolerance < 1 / 2:
        raise StatisticsError(f"tolerance is {tolerance!r}; it must lie in [0, 0.5), such as 0.01")
    rate = clopper_pearson(passed, n, confidence=confidence)
    never_always_fails, never_always_passes = rate.low > tolerance, rate.high < 1 - tolerance
    behaviour: Behaviour = "undecided"
    if never_always_fails and never_always_passes:
        behaviour = "flaky"
    elif never_always_fails:
        behaviour = "passing"
    elif never_always_passes:
        behaviour = "failing"
    return Flakiness(behaviour, rate)


def _drawn(k: int, n: int) -> int:
    if require.count(k, "k") > n:
        raise StatisticsError(f"k is {k!r} but there are {n!r} runs; run the case more often")
    return k
