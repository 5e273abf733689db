"""Which column explains a change of loss, and in which part of it is the harm?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.statistics import require

__all__ = ["Part", "attribute", "parts"]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one bin: their share and mean loss before and now.

    ``harm`` is what they add to the mean loss now beyond what they added before.
    """

    bin: int
    share_before: float
    share_now: float
    loss_before: float
    loss_now: float

    @property
    def harm(self) -> float:
        return self.share_now * self.loss_now - self.share_before * self.loss_before


def attribute(before: NDArray[np.integer], now: NDArray[np.integer], *, losses: ArrayLike) -> float:
    """How far the mean loss rises for the rows' new places in this column's bins alone.

    ``sum_b (share_now - share_before) mean loss before``: what the loss would do, had only this
    column moved and each bin kept its loss (E. M. Kitagawa 1955, JASA 50, 1168-1194).

    >>> attribute(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1]), losses=[0.0, 0.0, 1.0, 1.0])
    0.5
    """
    found = parts(before, now, losses_before=losses)
    return float(sum((part.share_now - part.share_before) * part.loss_before for part in found))


def parts(
    before: NDArray[np.integer],
    now: NDArray[np.integer],
    *,
    losses_before: ArrayLike,
    losses_now: ArrayLike | None = None,
) -> tuple[Part, ...]:
    """Every bin with its shares and losses; a bin without rows has the mean loss of all.

    >>> before, now = np.array([0, 1]), np.array([1, 1])
    >>> found = parts(before, now, losses_before=[0.1, 0.3], losses_now=[0.5, 0.7])
    >>> round(found[1].harm, 2)
    0.45
    """
    usual = require.sample(losses_before, "losses_before")
    latest = usual[:0] if losses_now is None else require.sample(losses_now, "losses_now")
    found = []
    for bin_ in range(int(max(before.max(), now.max())) + 1):
        was, is_ = before == bin_, now == bin_
        loss = float(usual[was].mean()) if was.any() else float(usual.mean())
        later = float(latest[is_].mean()) if latest.size and is_.any() else loss
        found.append(Part(bin_, float(was.mean()), float(is_.mean()), loss, later))
    return tuple(found)
