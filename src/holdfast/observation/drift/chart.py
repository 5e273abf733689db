"""Charts of drift as SVG that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import vl_convert

from holdfast.observation.drift.curve import Curve, Curves
from holdfast.observation.drift.model import Model, Window
from holdfast.observation.drift.reference import Sketch
from holdfast.observation.drift.verdict import other
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch

__all__ = ["course", "distribution", "performance"]

BEFORE, NOW, ALARM = "#57606a", "#0969da", "#cf222e"
WIDTH, HEIGHT, SMALL = 640, 260, 120


def performance(model: Model, windows: Sequence[Window]) -> str:
    """Estimate and truth of every window together, with the alarms' threshold."""
    lines: list[dict[str, Any]] = []
    alarms: list[dict[str, Any]] = []
    for number, one in enumerate(windows):
        name = one.since or str(number)
        lines.append({"window": name, "value": one.estimate, "what": "estimated without labels"})
        if one.truth is not None:
            lines.append({"window": name, "value": one.truth, "what": "true, once labels came"})
        if one.alarm:
            alarms.append({"window": name, "value": one.estimate})
    return _lines(lines, alarms, bound=model.estimate_bound, title=f"{model.loss} loss")


def course(found: Curves, curve: Curve) -> str:
    """A column's distance from its reference in every window, with the alarms' threshold."""
    lines: list[dict[str, Any]] = []
    alarms: list[dict[str, Any]] = []
    for number, statistic in enumerate(curve.statistics):
        point = {"window": found.name(number), "value": statistic}
        lines.append(point | {"what": curve.column})
        if curve.alarms[number]:
            alarms.append(point)
    return _lines(lines, alarms, bound=curve.threshold, title=curve.detector)


def _lines(
    lines: list[dict[str, Any]], alarms: list[dict[str, Any]], *, bound: float, title: str
) -> str:
    x = alt.X("window:N", sort=None, title=None)
    y = alt.Y("value:Q", title=title)
    alone = len({one["what"] for one in lines}) == 1
    what = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(range=[NOW, BEFORE]),
        legend=None if alone else alt.Undefined,
    )
    drawn = alt.Chart(_data(lines)).mark_line(point=True).encode(x=x, y=y, color=what)
    rule = alt.Chart(_data([{"value": bound}])).mark_rule(color=ALARM, strokeDash=[4, 3])
    marks = alt.Chart(_data(alarms)).mark_point(color=ALARM, size=160, shape="triangle-up")
    return _svg(
        alt.layer(drawn, rule.encode(y=y), marks.encode(x=x, y=y)).properties(
            width=WIDTH, height=HEIGHT
        )
    )


def distribution(before: Sketch, now: Sketch) -> str:
    """Shares of the bins of two sketches of one layout; empty for embeddings."""
    if isinstance(before, NumberSketch) and isinstance(now, NumberSketch):
        # The first edge lies just below the lowest number that was seen.
        names = ["below", *(f"≤ {edge:.4g}" for edge in before.layout.edges[1:]), "above"]
    elif isinstance(before, LabelSketch) and isinstance(now, LabelSketch):
        names = [*before.layout.names, other(before, now)]
    else:
        return ""
    values = [
        {"bin": name, "share": float(share), "rows": rows}
        for rows, sketch in (("reference", before), ("current", now))
        for name, share in zip(names, np.divide(sketch.counts, max(sketch.n, 1)), strict=True)
    ]
    colour = alt.Color("rows:N", title=None, scale=alt.Scale(range=[NOW, BEFORE]))
    return _svg(
        alt.Chart(_data(values), width=WIDTH, height=SMALL)
        .mark_bar()
        .encode(
            x=alt.X("bin:N", sort=None, title=None, axis=alt.Axis(labelAngle=-45, labelLimit=80)),
            y=alt.Y("share:Q", title="share of rows", axis=alt.Axis(format="%")),
            xOffset="rows:N",
            color=colour,
        )
    )


def _data(values: Sequence[dict[str, Any]]) -> alt.Data:
    made: alt.Data = alt.Data(values=list(values))  # type: ignore[no-untyped-call]
    return made


def _svg(chart: alt.TopLevelMixin) -> str:
    config = {"font": "sans-serif", "view": {"stroke": None}, "background": "transparent"}
    text: str = vl_convert.vegalite_to_svg(chart.properties().to_dict(), config=config)
    return text
