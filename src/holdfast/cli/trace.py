"""``holdfast trace``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, Limit, open_project
from holdfast.cli.output import OUT, print_json, safe, say, table, when

if TYPE_CHECKING:
    from holdfast.observation.waterfall import Bar

WIDTH = 32
"""Columns of the bars."""
NAME = 44
TOLD = ("model", "response_model", "input_tokens", "output_tokens", "cost", "tool", "decision")
"""Columns that a line tells of its span."""


def trace(
    trace_id: Annotated[
        str | None,
        typer.Argument(help="A trace's id or its beginning, or a decision's id; none: the latest."),
    ] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """What happened in one request, as a waterfall; without an id, the latest requests."""
    from holdfast.observation.waterfall import waterfall
    from holdfast.operations.watch.question import Questions

    with open_project() as project:
        asked = Questions(project.system)
        rows = asked.latest(limit) if trace_id is None else asked.trace(trace_id)
    shown = [{name: value for name, value in row.items() if name != "batch"} for row in rows]
    if as_json:
        print_json(shown)
    elif trace_id is None:
        cells = [
            [row["trace_id"], when(row["start_ns"] // 1_000), row.get("service") or "",
             row["name"], _length(row["duration_ns"] / 1e9), row["status"]]
            for row in rows
        ]  # fmt: skip
        table(("trace", "when", "service", "name", "took", "status"), cells)
    else:
        _draw(waterfall(shown))


def _draw(bars: list[Bar]) -> None:
    first = bars[0].row
    total = max(bar.offset + bar.seconds for bar in bars)
    at = when(first["start_ns"] // 1_000)
    say(f"trace {first['trace_id']}, {at}, {len(bars)} spans, {_length(total)}")
    for bar in bars:
        failed = bar.row["status"] == "error"
        style = "red" if failed else "green" if bar.row.get("operation") else "cyan"
        name = f"{'  ' * min(bar.depth, 12)}{bar.row['name']}"
        name = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
        told = [f"{column}={bar.row[column]}" for column in TOLD if bar.row.get(column) is not None]
        if failed:
            told.insert(0, f"error: {bar.row.get('status_message', '')}".rstrip(": "))
        line = f"{safe(name.ljust(NAME))} [{style}]{_bar(bar, total)}[/] {_length(bar.seconds):>8}"
        OUT.print(f"{line}  {safe('  '.join(told))}".rstrip())


def _bar(bar: Bar, total: float) -> str:
    scale = WIDTH / total if total else 0.0
    start = min(int(bar.offset * scale), WIDTH - 1)
    length = max(1, min(round(bar.seconds * scale), WIDTH - start))
    return f"{' ' * start}{'█' * length}".ljust(WIDTH)


def _length(seconds: float) -> str:
    """A duration as people say it.

    >>> _length(0.0123), _length(2.5)
    ('12.3 ms', '2.50 s')
    """
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
