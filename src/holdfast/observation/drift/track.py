"""Page when errors have grown for good: one row at a time, with a known rate of false pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.drift.shiryaev_roberts import ShiryaevRoberts
from holdfast.statistics.require import Floats

__all__ = ["Tracked", "track"]

_CAP = 0.995
_RECENT = 300
"""Rows that damage is measured on."""
_RISES = (1.25, 1.5, 2.5)


@dataclass(frozen=True, slots=True)
class Tracked:
    """Rows at which damage was certain; after each the watch begins anew."""

    pages: tuple[int, ...]
    tickets: tuple[int, ...]
    """Rows at which errors had certainly moved, but had not grown enough to hurt."""
    rows: int


def track(
    reference: ArrayLike,
    errors: ArrayLike,
    *,
    run_length: float = 100_000.0,
    floor: float = 0.1,
) -> Tracked:
    """Watch errors of any size, in the order they become known, against those of a reference.

    Signed errors are watched on either side of nought, for a model that begins to err to one side
    shows it there long before its mean absolute error does; losses without a sign on one. Each
    side is scaled to [0, 1] by twice the reference's 99.5th percentile and watched by the
    e-detector of Shiryaev and Roberts for rises of its mean. What it finds is a page when the mean
    absolute error of the last rows is up by ``floor`` or more, else a ticket.

    Args:
        reference: errors from when all was well, 2,000 or more to page soon.
        errors: what came later.
        run_length: rows between false alarms, on average, at least; both sides together.
        floor: rise of the mean absolute error, as a share of it, below which nobody is woken.

    Raises:
        StatisticsError: a reference too short, or without any error.

    >>> rng = np.random.default_rng(0)
    >>> found = track(rng.normal(size=2000), np.r_[rng.normal(size=3000), rng.normal(1, 1, 200)])
    >>> 3000 < found.pages[0] < 3100
    True
    """
    usual = require.sample(reference, "reference", least=100)
    later = require.sample(errors, "errors")
    signs = (1.0, -1.0) if usual.min() < 0 else (1.0,)
    found = sorted(
        row for sign in signs for row in _side(sign * usual, sign * later, run_length * len(signs))
    )
    hurt = (1 + floor) * float(np.abs(usual).mean())
    pages = tuple(row for row in found if _recent(later, row) >= hurt)
    return Tracked(pages, tuple(row for row in found if row not in pages), len(later))


def _recent(errors: Floats, row: int) -> float:
    return float(np.abs(errors[max(row + 1 - _RECENT, 0) : row + 1]).mean())


def _side(usual: Floats, later: Floats, run_length: float) -> list[int]:
    before, now = np.maximum(usual, 0.0), np.maximum(later, 0.0)
    cap = 2 * float(np.quantile(before, _CAP))
    if cap <= 0:
        raise StatisticsError("the reference has no errors; there is nothing to compare with")
    detector = ShiryaevRoberts(np.minimum(before / cap, 1.0), run_length=run_length, odds=_RISES)
    pages = []
    for row, loss in enumerate(np.minimum(now / cap, 1.0).tolist()):
        detector.update(loss)
        if detector.drifted:
            pages.append(row)
            detector.reset()
    return pages
