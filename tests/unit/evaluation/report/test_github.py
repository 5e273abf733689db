from __future__ import annotations

from holdfast.evaluation.gate import gate
from holdfast.evaluation.report.github import github
from tests.unit.evaluation.test_gate import measured, suite

ASKED = suite("[metrics.facts]\nthreshold = 0.9\nmargin = 0.05")
LINES = {("facts", "threshold"): 3, ("facts", "margin"): 4}


def test_what_does_not_hold_is_annotated_where_the_suite_asks_for_it() -> None:
    bad = measured([i % 3 > 0 for i in range(90)])
    said = gate(ASKED, bad, baseline=measured([True] * 90, name="baseline"))
    told = github(said, file="suites/a,b:c.toml", lines=LINES).splitlines()
    assert told[0].startswith(
        "::error file=suites/a%2Cb%3Ac.toml,line=3,title=fail%3A facts threshold 0.9::0.6667 ["
    )
    assert "on 90 cases%0Aagainst it: c0 (0), " in told[0]
    assert ",line=4,title=fail%3A facts margin 0.05::-0.3333 " in told[1]
    assert told[2].endswith(",line=1,title=gate nightly::gate nightly: fail")


def test_what_is_open_warns_and_what_holds_is_a_notice() -> None:
    few = gate(ASKED, measured([True] * 5), baseline=measured([True] * 5, name="baseline"))
    assert {line.split()[0] for line in github(few, file="a", lines={}).splitlines()} == {
        "::warning"
    }
    good = gate(ASKED, measured([True] * 200), baseline=measured([True] * 200, name="baseline"))
    assert github(good, file="a", lines=LINES) == (
        "::notice file=a,line=1,title=gate nightly::gate nightly: pass\n"
    )
