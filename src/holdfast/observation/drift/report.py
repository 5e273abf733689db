"""What moved, when, or how a model does, as one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from holdfast.observation.drift.chart import course, distribution, performance
from holdfast.observation.drift.curve import Curves
from holdfast.observation.drift.files import Compared
from holdfast.observation.drift.model import Model, Window
from holdfast.observation.drift.reference import Sketch

__all__ = ["curves_report", "model_report", "monitors_report", "report"]

CHARTS = 20
"""Columns that are drawn: those that moved farthest."""
NAMED = 3
"""Columns that the title names."""
_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } svg { max-width: 100%; height: auto }
td, th { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #d0d7de }
.moved { color: #cf222e } .note { color: #57606a }
"""


def report(found: Compared) -> str:
    """What moved between two sets of rows, with charts of the columns that did."""
    drift = found.drift
    rows = [
        (
            f.column,
            f.aspect,
            "moved" if f.moved else "",
            f"{f.effect:.3f}",
            f"{f.adjusted:.2g}",
            f.detail,
        )
        for f in drift.findings
    ]
    charts: list[str] = []
    for column in dict.fromkeys(f.column for f in drift.moved if f.aspect == "values"):
        before, now = (side.features[column].sketch for side in (found.reference, found.current))
        if before is not None and now is not None and len(charts) < CHARTS:
            charts.append(f"<h3>{escape(column)}</h3>{distribution(before, now)}")
    notes = [(issue.column or "all columns", issue.text) for issue in drift.issues]
    return _page(
        _title(f.column for f in drift.moved),
        f"<p>{drift.current_rows:,} rows of {escape(drift.current)} against "
        f"{drift.reference_rows:,} of {escape(drift.reference)}. False discoveries at most "
        f"{drift.limits.alpha:.0%}; moves below {drift.limits.floor:g} do not count.</p>",
        _table(("column", "what", "", "effect", "adjusted p", "from → to"), rows),
        *charts,
        _table(("to know", ""), notes) if notes else "",
    )


def curves_report(found: Curves) -> str:
    """When columns moved, with charts of those that did."""
    rows = [
        (
            curve.column,
            curve.aspect,
            curve.detector,
            "moved" if curve.moved else "",
            f"{sum(curve.alarms)} of {len(curve.alarms)}",
            "" if curve.since is None else found.name(curve.since),
            f"{curve.most:.3f}",
            f"{curve.adjusted:.2g}",
        )
        for curve in found.curves
    ]
    charts = [
        f"<h3>{escape(curve.column)}</h3>{course(found, curve)}" for curve in found.moved[:CHARTS]
    ]
    notes = [(issue.column or "all columns", issue.text) for issue in found.issues]
    heads = ("column", "what", "detector", "", "alarms", "since", "largest effect", "adjusted p")
    return _page(
        _title(curve.column for curve in found.moved),
        f"<p>{len(found.starts):,} windows of {found.watch.window:,} rows of "
        f"{escape(found.current)} against {escape(found.reference)}. Of calm windows "
        f"{found.watch.alarm_rate:.2g} are alarms; of columns said to have moved at most "
        f"{found.watch.alpha:.0%} did not.</p>",
        _table(heads, rows),
        *charts,
        _table(("to know", ""), notes) if notes else "",
    )


def model_report(model: Model, windows: Sequence[Window]) -> str:
    """Estimated and true loss of a model together, and what moved in windows of alarm."""
    rows = [
        (
            one.since or str(one.start),
            f"{one.estimate:.4g}",
            "" if one.truth is None else f"{one.truth:.4g}",
            one.alert,
            one.kind,
            "; ".join(cause.harmful for cause in one.causes),
            one.objection,
        )
        for one in windows
    ]
    heads = (
        *("window", "estimate", "truth", "", "kind"),
        *("moved most, and where most harm is", "against the estimate"),
    )
    return _page(
        f"Model: {sum(bool(one.alert) for one in windows)} of {len(windows)} windows of alarm",
        f"<p>{model.loss} loss; alarm above {model.estimate_bound:.4g}, damage above "
        f"{model.truth_bound:.4g}; on the reference the estimate misses a window's truth by "
        f"{model.miss:.2g}.</p>",
        performance(model, windows),
        _table(heads, rows),
    )


def monitors_report(
    title: str,
    *,
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    charts: Sequence[tuple[str, Sketch, Sketch]],
) -> str:
    """What monitors of a project say: tables with their headings, charts of what moved."""
    parts = [
        f"<h2>{escape(head)}</h2>{_table(heads, rows)}" for head, heads, rows in tables if rows
    ]
    drawn = [
        f"<h3>{escape(name)}</h3>{distribution(before, now)}"
        for name, before, now in charts[:CHARTS]
    ]
    return _page(title, *parts, *drawn)


def _title(moved: Iterable[str]) -> str:
    """The columns that moved, as far as there is room."""
    names = list(dict.fromkeys(moved))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"Drift: {', '.join(names[:NAMED]) or 'nothing moved'}{more}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def _page(title: str, *parts: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{''.join(parts)}</html>"
    )
