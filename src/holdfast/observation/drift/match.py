"""A window beside the reference of the same phases: the reference takes the window's mix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from holdfast.observation.drift.reference import Sketch
from holdfast.observation.drift.verdict import shifted
from holdfast.statistics.sketch.label import LabelLayout, LabelSketch
from holdfast.statistics.sketch.mixture import mixture

__all__ = ["match", "match_missing"]


def match(before: Mapping[Any, Sketch], now: Mapping[Any, Sketch]) -> tuple[Sketch, Sketch] | None:
    """What was usual at the window's mix of phases, and the window's rows of those phases.

    Rows of a phase that the reference lacks are in neither. None when no phase is in both.

    >>> from holdfast.statistics.sketch.label import LabelLayout
    >>> layout = LabelLayout.of({"orders": 3, "returns": 1})
    >>> def sketch(*counts):
    ...     return layout.sketch(layout.names, np.repeat(np.arange(2), counts))
    >>> day, night = sketch(90, 10), sketch(20, 80)
    >>> usual, rows = match({"day": day, "night": night}, {"night": sketch(5, 20)})
    >>> usual.counts.tolist(), rows.counts.tolist()
    ([20, 80, 0], [5, 20, 0])
    """
    shared = [name for name, one in now.items() if one.n and name in before and before[name].n]
    if not shared:
        return None
    later = reduce(_merged, [now[name] for name in shared])
    usual = mixture([before[name] for name in shared], [now[name].n for name in shared])
    return usual, later


def match_missing(
    before: Mapping[Any, Sketch], now: Mapping[Any, Sketch]
) -> tuple[float, float, str] | None:
    """P-value, size and words of a change in missing rows at the window's mix of phases.

    None where nothing is missing, or no phase is in both.
    """
    shared = [name for name, one in now.items() if one.rows and name in before]
    shared = [name for name in shared if before[name].rows]
    gone = sum(now[name].rows - now[name].n for name in shared)
    there = sum(now[name].n for name in shared)
    if not shared or not (gone or any(before[name].rows > before[name].n for name in shared)):
        return None
    layout = LabelLayout((), ())
    usual = mixture(
        [
            LabelSketch(layout, np.array([before[name].rows - before[name].n, before[name].n]))
            for name in shared
        ],
        [now[name].rows for name in shared],
    )
    lost = round(float(usual.counts[0]))
    return shifted((lost, usual.n - lost), (gone, there))


def _merged(one: Any, other: Any) -> Any:
    return one.merge(other)
