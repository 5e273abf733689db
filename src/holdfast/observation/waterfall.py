"""A trace as people read it: what was called by what, when, for how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holdfast.ports.telemetry import Row


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of a waterfall."""

    depth: int
    row: Row
    offset: float
    """Seconds after the trace began."""
    seconds: float


def waterfall(rows: Sequence[Row]) -> list[Bar]:
    """The spans in the order of a tree, children by time below their parent.

    A span whose parent is not there stands at the top, and so does one of a ring, so that every
    span is shown once.

    >>> spans = [
    ...     {"span_id": "b", "parent_id": "a", "start_ns": 2_000_000_000, "duration_ns": 10**9},
    ...     {"span_id": "a", "parent_id": "", "start_ns": 10**9, "duration_ns": 3 * 10**9},
    ... ]
    >>> [(bar.depth, bar.row["span_id"], bar.offset, bar.seconds) for bar in waterfall(spans)]
    [(0, 'a', 0.0, 3.0), (1, 'b', 1.0, 1.0)]
    """
    ordered = sorted(rows, key=lambda row: (row["start_ns"], row["span_id"]))
    began = ordered[0]["start_ns"] if ordered else 0
    known = {row["span_id"] for row in ordered}
    children: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(ordered):
        children[row["parent_id"] if row["parent_id"] in known else ""].append(number)
    shown: set[int] = set()
    bars: list[Bar] = []
    for root in [*children[""], *range(len(ordered))]:
        for depth, number in _walk(root, ordered, children, shown):
            row = ordered[number]
            seconds = max(row["duration_ns"], 0) / 1e9
            bars.append(Bar(depth, row, (row["start_ns"] - began) / 1e9, seconds))
    return bars


def _walk(
    root: int, rows: Sequence[Row], children: dict[str, list[int]], shown: set[int]
) -> Iterator[tuple[int, int]]:
    # No recursion: a trace may be thousands of spans deep.
    waiting = [(0, root)]
    while waiting:
        depth, number = waiting.pop()
        if number in shown:
            continue
        shown.add(number)
        yield depth, number
        waiting += [(depth + 1, child) for child in reversed(children[rows[number]["span_id"]])]
