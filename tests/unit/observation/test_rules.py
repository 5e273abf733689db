from __future__ import annotations

import yaml

from holdfast.observation.openslo import parse
from holdfast.observation.rules import rules
from tests.support.slo import POLICY, SOON


def test_the_rules_have_sloths_names_and_reachable_limits() -> None:
    groups = yaml.safe_load(rules(parse({"p.yaml": POLICY}), environment="production"))["groups"]
    assert [g["name"] for g in groups] == [
        "sloth-slo-sli-recordings-shop-promises",
        "sloth-slo-meta-recordings-shop-promises",
        "sloth-slo-alerts-shop-promises",
    ]
    recorded = {rule["record"]: rule for group in groups[:2] for rule in group["rules"]}
    assert {
        "slo:sli_error:ratio_rate5m", "slo:sli_error:ratio_rate1h", "slo:sli_error:ratio_rate28d",
        "slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days",
        "slo:current_burn_rate:ratio", "slo:period_error_budget_remaining:ratio",
    } <= set(recorded)  # fmt: skip
    assert recorded["slo:time_period:days"]["expr"] == "vector(28)"
    page, ticket = groups[2]["rules"]
    assert (page["labels"]["sloth_severity"], ticket["labels"]["sloth_severity"]) == (
        "page", "ticket",
    )  # fmt: skip
    assert ">= 0.615385" in page["expr"]


def test_own_windows_are_recorded_too() -> None:
    text = rules(parse({"s.yaml": SOON}), environment="production")
    assert "slo:sli_error:ratio_rate2m" in text
    assert "slo:sli_error:ratio_rate30m" in text
