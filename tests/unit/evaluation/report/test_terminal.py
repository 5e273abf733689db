from __future__ import annotations

from holdfast.evaluation.gate import Gate, Row, Shift
from holdfast.evaluation.report.terminal import terminal


def test_the_verdict_comes_last_and_cases_below_their_row() -> None:
    rows = (
        Row("facts", "", "threshold", "pass", 0.9, 40, 0.97, 0.92, 0.99),
        Row("facts", "", "margin", "fail", 0.05, 40, -0.5, -0.6, -0.4,
            against=(Shift("shoes", 0.0, 1.0),)),
    )  # fmt: skip
    lines = terminal(Gate("nightly", "fail", "r-2", "r-1", 0.95, rows)).splitlines()
    assert lines[0] == "pass          facts threshold 0.9: 0.97 [0.92, 0.99] on 40 cases"
    assert lines[2].strip() == "against it: shoes (0, was 1)"
    assert lines[-1] == "FAIL: r-2 against r-1, suite nightly"
