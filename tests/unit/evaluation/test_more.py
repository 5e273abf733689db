from __future__ import annotations

import pytest

from holdfast.evaluation.more import cases_needed, plan
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.suite import parse
from holdfast.statistics.power import sample_size


def test_what_varies_is_planned_by_its_variance() -> None:
    need = sample_size(variance=1 / 4, margin=0.05)
    assert cases_needed([0.0, 1.0] * 5000, gap=0.05, confidence=0.95) == pytest.approx(need, abs=2)
    assert cases_needed([0.0, 1.0], gap=0.0, confidence=0.95) == 1_000_000


def test_a_plan_tells_power_and_need_for_each_slice() -> None:
    suite = parse('dataset = "g"\nslices = ["x"]\n[metrics.facts]\nmargin = 0.05\n[metrics.exact]',
                  file="s.toml", parts=Parts())  # fmt: skip
    cases = [(f"k{i}", frozenset({"x"} if i < 10 else ())) for i in range(224)]
    whole, part = plan(suite, cases)
    assert (whole.metric, whole.slice, whole.cases, part.slice, part.cases) == (
        "facts", "", 224, "x", 10,
    )  # fmt: skip
    assert whole.needed == 223
    assert whole.power == pytest.approx(0.8, abs=0.01)
    assert whole.detectable == pytest.approx(0.05, abs=0.001)
    assert part.power < 0.2
