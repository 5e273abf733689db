"""A gate's verdict as one HTML file with its charts: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from holdfast.evaluation.flaky import Steadiness
from holdfast.evaluation.gate import Gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.report import chart
from holdfast.evaluation.report.words import claim, coverage, found, judged
from holdfast.evaluation.suite import Suite

PAGE = Path(__file__).with_name("page.html")
MOST_CASES = 20
LONGEST = 1_500
"""Characters of an answer that are shown."""


def html(
    suite: Suite,
    gate: Gate,
    *,
    candidate: Measured,
    baseline: Measured | None = None,
) -> str:
    """The page. Everything that is not ours is escaped."""
    sides = [("candidate", candidate)] + ([("baseline", baseline)] if baseline else [])
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page = environment.from_string(PAGE.read_text(encoding="utf-8"))
    return page.render(
        gate=gate,
        coverage=coverage(gate),
        facts=_facts(gate, sides, suite=suite),
        rows=[{"verdict": r.verdict, "claim": claim(r), "found": found(r)} for r in gate.rows],
        forest=chart.forest(gate.rows),
        charts=_charts(suite, candidate, baseline) if baseline else [],
        cases=[_case(case, gate, sides) for case in gate.cases[:MOST_CASES]],
        flaky=[_steadiness(one) for one in gate.flaky],
    )


def _facts(
    gate: Gate, sides: Sequence[tuple[str, Measured]], *, suite: Suite
) -> list[tuple[str, str]]:
    """What the page says at its top."""
    told = [(name, f"{_subject(side)}, run {side.run.id}") for name, side in sides]
    run = sides[0][1].run
    told.append(("dataset", f"{run.dataset} {run.digest[:12]}, {run.cases:,} cases"))
    told.append(("samples", f"{run.samples} of each case, seed {run.seed}"))
    told.append(("confidence", f"{gate.confidence:g}"))
    errors = ", ".join(f"{name} {side.errors}" for name, side in sides)
    told.append(("errors of the infrastructure", errors))
    told += [("judged", judged(rate)) for rate in gate.judged]
    if suite.quarantine:
        told.append(("in quarantine, not counted", ", ".join(suite.quarantine)))
    return told


def _subject(side: Measured) -> str:
    of = side.run.subject
    if "release" in of:
        return f"release {of['release'][:12]} as of t{of['timeline']}@{of['tick']}"
    return str(of.get("name", ""))


def _charts(suite: Suite, candidate: Measured, baseline: Measured) -> list[dict[str, Any]]:
    charts = []
    for metric in suite.metrics:
        if metric.margin is None:
            continue
        after, before = candidate.means(metric.name), baseline.means(metric.name)
        found = [chart.Move(c, after[c], before[c]) for c in after if c in before]
        svg = chart.moves(found, higher=metric.higher)
        if svg:
            moved = sum(move.change != 0 for move in found)
            note = f"{moved:,} of {len(found):,} cases moved"
            if moved > chart.MOST_BARS:
                note += f"; the {chart.MOST_BARS} that moved most are shown"
            charts.append({"metric": metric.name, "note": note + ".", "svg": svg})
    return charts


def _case(case: str, gate: Gate, sides: Sequence[tuple[str, Measured]]) -> dict[str, Any]:
    """A case that decided: its question, its scores, and what each side answered."""
    question = next((one.question for one in sides[0][1].cases if one.id == case), "")
    scores = [
        f"{row.metric}: {shift.candidate:g}"
        + (f", was {shift.baseline:g}" if shift.baseline is not None else "")
        for row in gate.rows
        if row.verdict != "pass"
        for shift in row.against
        if shift.case == case
    ]
    answers = [{"name": name, "answer": _answer(side, case)} for name, side in sides]
    return {
        "id": case,
        "question": question,
        "scores": "; ".join(dict.fromkeys(scores)),
        "sides": answers,
    }


def _answer(side: Measured, case: str) -> str:
    """The first sample's answer, or why there is none."""
    output = side.outputs.get((case, 0))
    if output is None:
        return "not asked"
    text = output.answer or f"({output.status}: {output.error or output.error_code or 'no text'})"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _steadiness(one: Steadiness) -> dict[str, Any]:
    return {
        "case": one.case,
        "metric": one.metric,
        "passed": one.passed,
        "n": one.samples,
        "interval": f"{one.rate.low:.2f} to {one.rate.high:.2f}",
        "subject": one.subject,
    }
