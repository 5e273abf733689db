"""What every batch detector returns."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DriftScore"]


@dataclass(frozen=True, slots=True)
class DriftScore:
    """How different the current rows are from the reference rows.

    ``statistic`` is the detector's own and what ``calibrate`` puts a threshold on; ``p_value`` is
    None where the statistic has no null distribution of its own. ``effect`` is 0 for equal
    samples and does not grow with their size: a floor on it keeps harmless changes quiet, which
    any p-value finds in enough rows.
    """

    detector: str
    statistic: float
    p_value: float | None
    effect: float
    reference_rows: int
    current_rows: int
