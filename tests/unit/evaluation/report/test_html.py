from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from holdfast.domain.dataset import Case
from holdfast.evaluation.flaky import steadiness
from holdfast.evaluation.gate import gate
from holdfast.evaluation.report.html import html
from tests.unit.evaluation.test_flaky import samples
from tests.unit.evaluation.test_gate import measured, suite

ASKED = suite("[metrics.facts]\nthreshold = 0.9\nmargin = 0.05")
EVIL = '<script>alert("x")</script>'


class Page(HTMLParser):
    """Tags, and attributes that could load something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.tags.add(tag)
        self.loads += [v for k, v in attrs if k in ("src", "href", "xlink:href", "data") and v]


@pytest.fixture(scope="module")
def page() -> str:
    candidate = measured([i % 3 > 0 for i in range(90)])
    cases = (Case(EVIL, EVIL), *candidate.cases[1:])
    outputs = {(EVIL if c == "c0" else c, n): replace(o, answer=EVIL)
               for (c, n), o in candidate.outputs.items()}  # fmt: skip

    def renamed(side):
        scores = {m: {(EVIL if c == "c0" else c, n): s for (c, n), s in found.items()}
                  for m, found in side.scores.items()}  # fmt: skip
        return replace(side, cases=cases, outputs=outputs, scores=scores)

    after, before = renamed(candidate), renamed(measured([True] * 90, name="baseline"))
    said = gate(ASKED, after, baseline=before)
    said = replace(said, flaky=tuple(steadiness(ASKED, samples("c7", [True, False] * 4))))
    release = {"kind": "release", "release": "ab" * 32, "timeline": 1, "tick": 9}
    after = replace(after, run=replace(after.run, subject=release))
    return html(ASKED, said, candidate=after, baseline=before)


def test_the_page_says_what_was_decided_and_by_what(page) -> None:
    assert "Gate nightly" in page
    assert "release abababababab as of t1@9" in page
    assert "facts threshold 0.9" in page
    assert page.count("<svg") == 2
    assert "30 of 90 cases moved" in page
    assert "4 of 8" in page


def test_it_loads_nothing_and_runs_nothing(page) -> None:
    parsed = Page(page)
    assert parsed.loads == []
    assert not parsed.tags & {"script", "iframe", "object", "embed", "link", "img"}
    assert "@import" not in page
    assert "url(" not in page
    assert {url for url in re.findall(r'https?://[^"\s<]+', page) if "w3.org" not in url} == set()


def test_without_a_baseline_there_is_no_comparison() -> None:
    good = measured([True] * 5)
    page = html(ASKED, gate(ASKED, good), candidate=good)
    assert "baseline" not in page
    assert page.count("<svg") == 1
