"""A gate's verdict as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from holdfast.evaluation.gate import Gate
from holdfast.evaluation.report.words import against, claim, found, judged

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML may hold."""
KINDS = {"fail": "failure", "inconclusive": "error"}


def junit(gate: Gate) -> str:
    """One test case a row: a row that fails is a failure, an inconclusive one an error."""
    counts = {verdict: sum(r.verdict == verdict for r in gate.rows) for verdict in KINDS}
    suite = ET.Element(
        "testsuite",
        name=_text(f"gate {gate.suite}"),
        tests=str(len(gate.rows)),
        failures=str(counts["fail"]),
        errors=str(counts["inconclusive"]),
    )
    for row in gate.rows:
        case = ET.SubElement(
            suite, "testcase", classname=_text(f"gate.{gate.suite}"), name=_text(claim(row))
        )
        if row.verdict in KINDS:
            problem = ET.SubElement(case, KINDS[row.verdict], message=_text(found(row)))
            problem.text = _text(against(row))
    if gate.judged:
        ET.SubElement(suite, "system-out").text = _text("\n".join(map(judged, gate.judged)))
    return ET.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _text(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
