"""A gate's verdict as plain text."""

from __future__ import annotations

from holdfast.evaluation.gate import Gate
from holdfast.evaluation.report.words import against, claim, found


def terminal(gate: Gate) -> str:
    """One line a row, the cases that decided below it, the verdict last."""
    lines = []
    for row in gate.rows:
        lines.append(f"{row.verdict:<13} {claim(row)}: {found(row)}")
        cases = against(row)
        if cases:
            lines.append(f"{'':<13} against it: {cases}")
    beside = f" against {gate.baseline}" if gate.baseline else ""
    lines.append(f"{gate.verdict.upper()}: {gate.candidate}{beside}, suite {gate.suite}")
    return "\n".join(lines)
