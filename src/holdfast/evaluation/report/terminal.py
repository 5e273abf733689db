"""A gate's verdict as plain text."""

from __future__ import annotations

from holdfast.evaluation.gate import Gate
from holdfast.evaluation.report.words import (
    against,
    claim,
    coverage,
    found,
    judged,
    spent,
    unsteady,
)


def terminal(gate: Gate) -> str:
    """One line a row, the cases that decided below it, what judges say, the verdict last."""
    lines = []
    for row in gate.rows:
        lines.append(f"{row.verdict:<13} {claim(row)}: {found(row)}")
        cases = against(row)
        if cases:
            lines.append(f"{'':<13} against it: {cases}")
    lines += [f"{'flaky':<13} {unsteady(one)}" for one in gate.flaky]
    lines += map(judged, gate.judged)
    lines += dict.fromkeys(map(spent, gate.judged))
    beside = f" against {gate.baseline}" if gate.baseline else ""
    told = "; ".join(filter(None, (f"suite {gate.suite}", coverage(gate))))
    lines.append(f"{gate.verdict.upper()}: {gate.candidate}{beside}, {told}")
    return "\n".join(lines)
