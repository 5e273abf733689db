from __future__ import annotations

from holdfast.evaluation.gate import Gate, Row, Shift
from holdfast.evaluation.report.markdown import markdown


def test_a_hostile_case_id_stays_in_its_cell() -> None:
    hostile = (Shift("a | b\n# <script>`", 0.0, 1.0),)
    row = Row("facts", "", "margin", "fail", 0.05, 4, -0.5, -0.6, -0.4, against=hostile)
    text = markdown(Gate("nightly", "fail", "r-2", "r-1", 0.95, (row,)))
    (line,) = [line for line in text.splitlines() if line.startswith("| **fail**")]
    assert "a \\| b # &lt;script>'" in line
    assert line.replace("\\|", "").count("|") == 5
    assert text.startswith("### Gate `nightly`: fail\n")
