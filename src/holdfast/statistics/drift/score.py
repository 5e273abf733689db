"""What every batch detector returns."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Chance", "DriftScore", "lot", "scarcity"]

_LOOKED = 4_096
"""Rows that a lot is drawn from."""


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance alone does to a statistic, so that samples of other sizes can be told from it.

    Without a change, ``(statistic - still) / size`` has one distribution at any number of rows,
    but for small ones. Twice the variance of what is counted makes it ``2 ** power`` times as
    large: 1 for squares, 1/2 for gaps.
    """

    size: float = 1.0
    power: float = 1.0
    still: float = 0.0
    looked: float | None = None
    """Scarcity of the rows that were looked at, where that are not all: they depend less."""
    seen: float = 1.0
    """Share of the current rows that were looked at, drawn at random."""
    lot: float | None = None
    """In [0, 1), drawn by the rows themselves: breaks ties of statistics that take few values."""


@dataclass(frozen=True, slots=True)
class DriftScore:
    """How different the current rows are from the reference rows.

    ``statistic`` is the detector's own and what ``calibrate`` puts a threshold on; ``p_value`` is
    None where the statistic has no null distribution of its own. ``effect`` is 0 for equal
    samples and does not grow with their size: a floor on it keeps harmless changes quiet, which
    any p-value finds in enough rows. ``chance`` is None where it is not known how the statistic
    depends on the number of rows.
    """

    detector: str
    statistic: float
    p_value: float | None
    effect: float
    reference_rows: int
    current_rows: int
    chance: Chance | None = None


def scarcity(reference_rows: int, current_rows: int) -> float:
    """Variance of the difference of two means, in that of a row.

    >>> scarcity(100, 25)
    0.05
    """
    return 1 / reference_rows + 1 / current_rows


def lot(current: ArrayLike | Sequence[Any]) -> float:
    """A number in [0, 1) drawn by the rows: the same for the same rows, else as good as random.

    A statistic that takes few values, such as one of two labels, cannot exceed a threshold in 5 %
    of unchanged windows: those that equal it are drawn by lot, as ranks within a tie are in a
    smoothed conformal p-value (V. Vovk, A. Gammerman and G. Shafer 2005, ch. 2).

    >>> lot(["yes", "no"]) == lot(["yes", "no"]) != lot(["no", "yes"])
    True
    """
    rows = np.asarray(current)[:_LOOKED]
    if rows.dtype.kind in "biuf":
        content = np.ascontiguousarray(rows, dtype=np.float64).tobytes()
    else:
        content = "\0".join(map(str, rows.tolist())).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=6).digest()
    return float(int.from_bytes(digest, "big") / 2**48)
