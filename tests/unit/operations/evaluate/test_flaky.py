from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.dataset import Case
from holdfast.errors import SettingsError
from holdfast.evaluation import suite as suites
from holdfast.operations.evaluate.evaluate import Conduct, Own, evaluate, parts
from holdfast.operations.evaluate.flaky import RUNS, check_quarantine, flaky

SUITE = """dataset = "golden"
samples = 6
[metrics.facts]
threshold = 0.5
"""


def moody(case: Case, seed: int) -> str:
    return "30 days" if case.id == "steady" or seed % 3 else "no"


@pytest.fixture
def suite(shop):
    cases = [Case(name, "?", facts=("30 days",)) for name in ("steady", "moody")]
    shop.project.datasets.save("golden", cases)
    return written(shop, SUITE)


def written(shop, text: str):
    file = shop.root / "suites" / "nightly.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return suites.load(file, parts=parts(shop.system))


def ask(shop, suite, answer=moody, *, run: str = "", name: str = "bot"):
    own = Own(name, answer)
    return evaluate(Conduct(shop.system, shop.project.runtime, run), suite, target=own)


def test_a_case_that_passes_now_and_fails_then_is_shown_by_the_runs_on_the_ledger(
    shop, suite
) -> None:
    assert flaky(shop.system, suite) == []
    ask(shop, suite)
    first = flaky(shop.system, suite)
    assert [(one.case, one.behaviour, one.samples) for one in first] == [
        ("moody", "flaky", 6), ("steady", "passing", 6),
    ]  # fmt: skip
    ask(shop, replace(suite, seed=1))
    assert [one.samples for one in flaky(shop.system, suite)] == [12, 12]
    ask(shop, suite, name="other")
    assert [one.subject for one in flaky(shop.system, suite)] == ["bot", "other", "bot", "other"]


def test_quarantine_needs_evidence(shop, suite) -> None:
    quarantined = written(shop, f'quarantine = ["moody"]\n{SUITE}')
    with pytest.raises(SettingsError, match=r"nightly.toml:1: .*'moody' .*was never asked twice"):
        ask(shop, quarantined)
    assert shop.project.entries("runs") == []
    ask(shop, suite)
    check_quarantine(shop.system, quarantined)
    wrong = written(shop, f'quarantine = [\n  "moody",\n  "steady",\n]\n{SUITE}')
    with pytest.raises(SettingsError, match=r"toml:3: .*'steady' .*facts passed 6 of 6"):
        ask(shop, wrong)


def test_a_case_that_was_changed_has_to_be_shown_again(shop, suite) -> None:
    ask(shop, suite)
    shop.project.datasets.save("golden", [Case("moody", "Another one?", facts=("30 days",))])
    assert flaky(shop.system, suite) == []


def test_evidence_expires(shop, suite) -> None:
    ask(shop, suite)
    once = replace(suite, samples=1)
    for n in range(RUNS):
        ask(shop, once, lambda case, seed: "30 days", run=f"r{n}")
    assert {one.behaviour for one in flaky(shop.system, suite)} == {"passing"}
