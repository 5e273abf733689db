from __future__ import annotations

from xml.etree import ElementTree as ET

from holdfast.evaluation.gate import Gate, Row, Shift
from holdfast.evaluation.report.junit import junit


def test_a_failed_row_is_a_failure_and_an_undecided_one_an_error() -> None:
    rows = (
        Row("facts", "", "threshold", "pass", 0.9, 40, 0.97, 0.92, 0.99),
        Row("facts", "", "margin", "fail", 0.05, 40, -0.5, -0.6, -0.4,
            against=(Shift("<a>\x00", 0.0, 1.0),)),
        Row("facts", "x", "margin", "inconclusive", 0.05, 4, 0.0, -0.6, 0.4, more=30),
    )  # fmt: skip
    suite = ET.fromstring(junit(Gate("nightly", "fail", "r-2", "r-1", 0.95, rows)))  # noqa: S314
    assert {k: suite.get(k) for k in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "1",
    }  # fmt: skip
    passed, failed, open_ = suite.findall("testcase")
    assert list(passed) == []
    assert (failed[0].tag, failed[0].text) == ("failure", "<a>\ufffd (0, was 1)")
    assert open_[0].tag == "error"
    assert "30 more cases" in (open_[0].get("message") or "")
