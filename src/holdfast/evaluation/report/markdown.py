"""A gate's verdict for a pull request."""

from __future__ import annotations

from holdfast.evaluation.gate import Gate
from holdfast.evaluation.report.words import against, claim, coverage, found, judged, unsteady


def markdown(gate: Gate) -> str:
    """A heading with the verdict and a table of the rows."""
    lines = [
        f"### Gate `{_cell(gate.suite)}`: {gate.verdict}",
        "",
        "| verdict | claim | measured | cases against it |",
        "|---|---|---|---|",
    ]
    for row in gate.rows:
        cells = (f"**{row.verdict}**", claim(row), found(row), against(row))
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    if gate.flaky:
        lines += ["", "Flaky, so that one verdict on them says little:", ""]
        lines += [f"- {_cell(unsteady(one))}" for one in gate.flaky]
    if gate.judged:
        lines += ["", *(f"- {_cell(judged(rate))}" for rate in gate.judged)]
    beside = f" against `{_cell(gate.baseline)}`" if gate.baseline else ""
    told = f"Candidate `{_cell(gate.candidate)}`{beside}, confidence {gate.confidence:g}"
    lines += ["", ", ".join(filter(None, (told, coverage(gate)))) + "."]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text that cannot end a cell or a code span, nor begin HTML."""
    plain = " ".join(text.split()).replace("`", "'").replace("<", "&lt;")
    return plain.replace("|", "\\|")
