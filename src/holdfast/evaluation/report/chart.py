"""Charts of a gate as SVG that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from holdfast.evaluation.gate import Row
from holdfast.evaluation.report.words import claim

COLOURS = {"pass": "#1a7f37", "fail": "#cf222e", "inconclusive": "#9a6700"}
WIDTH = 560
MOST_BARS = 40
"""Cases that are shown as bars of their own; of more, those that moved most."""


@dataclass(frozen=True, slots=True)
class Move:
    """A case's mean score on both sides."""

    case: str
    candidate: float
    baseline: float

    @property
    def change(self) -> float:
        return self.candidate - self.baseline


def forest(rows: Sequence[Row]) -> str:
    """What was measured of each row, its interval and its bar; empty when nothing was."""
    there = [row for row in rows if row.estimate is not None and row.low is not None]
    if not there:
        return ""
    return _svg(alt.vconcat(*map(_interval, there)).resolve_scale(x="independent"))


def moves(found: Sequence[Move], *, higher: bool) -> str:
    """How much each case moved against the baseline, the worst first; empty when none did."""
    moved = [move for move in found if move.change]
    if not moved:
        return ""
    worst = sorted(moved, key=lambda move: move.change if higher else -move.change)
    half = MOST_BARS // 2
    shown = worst if len(worst) <= MOST_BARS else [*worst[:half], *worst[-half:]]
    values = [
        {
            "case": move.case,
            "change": move.change,
            "way": "better" if (move.change > 0) == higher else "worse",
        }
        for move in shown
    ]
    chart = (
        alt.Chart(_data(values), width=WIDTH, height={"step": 16})
        .mark_bar()
        .encode(
            x=alt.X("change:Q", title="candidate minus baseline"),
            y=alt.Y("case:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
            color=alt.Color(
                "way:N",
                legend=None,
                scale=alt.Scale(
                    domain=["better", "worse"], range=[COLOURS["pass"], COLOURS["fail"]]
                ),
            ),
        )
    )
    return _svg(chart)


def _interval(row: Row) -> alt.LayerChart | alt.FacetChart:
    value = {
        "claim": claim(row),
        "estimate": row.estimate,
        "low": row.low,
        "high": row.high,
        "bar": -row.bar if row.kind == "margin" and row.higher else row.bar,
    }
    data = _data([value])
    colour = COLOURS[row.verdict]
    y = alt.Y("claim:N", title=None, axis=alt.Axis(labelLimit=260, minExtent=230, maxExtent=230))
    base = alt.Chart(data, width=WIDTH, height=24)
    x = alt.X("low:Q", title=None, scale=alt.Scale(zero=False, nice=True, padding=12))
    return alt.layer(
        base.mark_rule(color="#57606a", strokeDash=[4, 3]).encode(x="bar:Q"),
        base.mark_rule(color=colour, strokeWidth=3).encode(x=x, x2="high:Q", y=y),
        base.mark_point(color=colour, filled=True, size=70).encode(x="estimate:Q", y=y),
    )


def _data(values: Sequence[dict[str, Any]]) -> alt.Data:
    made: alt.Data = alt.Data(values=values)  # type: ignore[no-untyped-call]
    return made


def _svg(chart: alt.TopLevelMixin) -> str:
    config = {"font": "sans-serif", "view": {"stroke": None}, "background": "transparent"}
    text: str = vl_convert.vegalite_to_svg(chart.properties().to_dict(), config=config)
    return text
