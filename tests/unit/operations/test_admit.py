from __future__ import annotations

import pytest

from holdfast.domain.dataset import Case
from holdfast.errors import StateError, UsageError
from holdfast.evaluation.suite import parse
from holdfast.operations.evaluate.evaluate import Conduct, Target, parts
from holdfast.operations.evaluate.gate import gate_release
from tests.support.project import SHOES

GATED = '[gate]\nsuite = "nightly"\n[retrieval]\npassages = 1\n'
CASES = [Case(f"c{n}", SHOES, facts=("30 days",)) for n in range(20)]


def judge(shop, margin: float) -> str:
    text = f'dataset = "golden"\n[metrics.facts]\nmargin = {margin}\n'
    found = gate_release(
        Conduct(shop.system, shop.project.runtime),
        parse(text, file="nightly.toml", parts=parts(shop.system)),
        candidate=Target("production"),
        baseline=Target("production", "deployed"),
    )
    return found.gate.verdict


def test_only_a_release_whose_gate_passed_is_deployed(shop) -> None:
    shop.project.datasets.save("golden", CASES)
    before = shop.project.deployed()
    shop.configure(GATED)
    with pytest.raises(StateError, match="the gate 'nightly' has not judged it against"):
        shop.project.deploy()
    assert judge(shop, 0.01) == "inconclusive"
    with pytest.raises(StateError, match="the gate 'nightly' says inconclusive"):
        shop.project.deploy()
    assert shop.project.deployed() == before
    assert judge(shop, 0.3) == "pass"
    shop.project.deploy()
    assert shop.project.deployed() != before


def test_force_needs_a_reason_that_the_ledger_keeps(shop) -> None:
    shop.configure(GATED)
    with pytest.raises(UsageError, match="--force needs a --reason"):
        shop.project.deploy(force=True)
    shop.project.deploy(force=True, reason="the shop is down")
    assert shop.project.releases()[0]["reason"] == (
        "the shop is down (forced, although the gate 'nightly' has not judged it)"
    )


def test_what_passed_needs_no_force_and_is_not_said_to_be_forced(shop) -> None:
    shop.project.datasets.save("golden", CASES)
    shop.configure(GATED)
    assert judge(shop, 0.3) == "pass"
    shop.project.deploy(force=True, reason="as the plan says")
    assert shop.project.releases()[0]["reason"] == "as the plan says"
    with pytest.raises(UsageError, match="--force needs a --reason"):
        shop.project.deploy(force=True, reason="  ", dry_run=True)
