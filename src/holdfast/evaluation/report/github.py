"""A gate's verdict as annotations of a pull request, as GitHub's workflow commands."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.evaluation.gate import Gate, Row
from holdfast.evaluation.report.words import against, claim, coverage, found, judged

LEVELS = {"fail": "error", "inconclusive": "warning", "pass": "notice"}


def github(gate: Gate, *, file: str, lines: Mapping[tuple[str, str], int]) -> str:
    """One annotation a row that did not pass, where the suite asks for it; the verdict last.

    ``lines`` says on which line of the suite's file a metric's threshold or margin stands.
    """
    told = [_row(row, file=file, line=lines.get((row.metric, row.kind), 1)) for row in gate.rows]
    told += [
        _command("warning", judged(rate), file=file, line=1, title="uncalibrated judge")
        for rate in gate.judged
        if not rate.calibrated
    ]
    words = "; ".join(filter(None, (f"gate {gate.suite}: {gate.verdict}", coverage(gate))))
    last = _command(LEVELS[gate.verdict], words, file=file, line=1, title=f"gate {gate.suite}")
    return "\n".join([*filter(None, told), last]) + "\n"


def _row(row: Row, *, file: str, line: int) -> str:
    if row.verdict == "pass":
        return ""
    cases = against(row)
    text = found(row) + (f"\nagainst it: {cases}" if cases else "")
    title = f"{row.verdict}: {claim(row)}"
    return _command(LEVELS[row.verdict], text, file=file, line=line, title=title)


def _command(level: str, text: str, *, file: str, line: int, title: str) -> str:
    places = {"file": file, "line": str(line), "title": title}
    given = ",".join(f"{name}={_property(value)}" for name, value in places.items())
    return f"::{level} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
