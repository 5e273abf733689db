"""Objectives as Prometheus rules, by the names that sloth uses, so that its dashboards work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from holdfast.observation.duration import DAY, SECOND, written
from holdfast.observation.objective import Objective
from holdfast.statistics.burn import HOUR, Window, limit

BAD, ALL = "holdfast_slo_bad_total", "holdfast_slo_total"
"""The counters of ``/metrics`` that the rules read."""
ALWAYS = (300.0, 1_800.0, HOUR, 2 * HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR)
"""Windows in seconds that sloth records for every objective."""


def rules(objectives: Iterable[Objective], *, environment: str) -> str:
    """A rules file for Prometheus: recordings and multiwindow alerts of every objective.

    The thresholds are ours, reachable for every target; Prometheus has no exact test, so at low
    traffic these alerts are noisier than ``holdfast serve``'s own.
    """
    groups: list[dict[str, Any]] = []
    for one in objectives:
        labels = {
            "sloth_id": f"{one.service}-{one.name}",
            "sloth_service": one.service,
            "sloth_slo": one.name,
        }
        groups += [
            {
                "name": f"sloth-slo-sli-recordings-{labels['sloth_id']}",
                "rules": _recordings(one, labels, environment),
            },
            {
                "name": f"sloth-slo-meta-recordings-{labels['sloth_id']}",
                "rules": _meta(one, labels),
            },
            {
                "name": f"sloth-slo-alerts-{labels['sloth_id']}",
                "rules": _alerts(one, labels, environment),
            },
        ]
    text: str = yaml.safe_dump({"groups": groups}, sort_keys=False, width=100)
    return text


def _recordings(one: Objective, labels: dict[str, str], environment: str) -> list[dict[str, Any]]:
    mine = {length for window in one.alerts for length in (window.long, window.short)}
    made = []
    for seconds in sorted({*ALWAYS, *mine}):
        length = _length(seconds)
        chosen = f'{{slo="{one.name}",environment="{environment}"}}[{length}]'
        made.append(
            {
                "record": f"slo:sli_error:ratio_rate{length}",
                "expr": f"sum(rate({BAD}{chosen}))\n/\nsum(rate({ALL}{chosen}))\n",
                "labels": {**labels, "sloth_window": length},
            }
        )
    period = written(one.window)
    base = f"slo:sli_error:ratio_rate5m{_chosen(labels)}[{period}]"
    made.append(
        {
            "record": f"slo:sli_error:ratio_rate{period}",
            "expr": f"sum_over_time({base})\n/ ignoring (sloth_window)\ncount_over_time({base})\n",
            "labels": {**labels, "sloth_window": period},
        }
    )
    return made


def _meta(one: Objective, labels: dict[str, str]) -> list[dict[str, Any]]:
    chosen = _chosen(labels)
    on = "/ on(sloth_id, sloth_slo, sloth_service) group_left"
    period = written(one.window)
    expressions = {
        "slo:objective:ratio": f"vector({one.target})",
        "slo:error_budget:ratio": f"vector(1-{one.target})",
        "slo:time_period:days": f"vector({one.window / DAY:g})",
        "slo:current_burn_rate:ratio": (
            f"slo:sli_error:ratio_rate5m{chosen}\n{on}\nslo:error_budget:ratio{chosen}"
        ),
        "slo:period_burn_rate:ratio": (
            f"slo:sli_error:ratio_rate{period}{chosen}\n{on}\nslo:error_budget:ratio{chosen}"
        ),
        "slo:period_error_budget_remaining:ratio": f"1 - slo:period_burn_rate:ratio{chosen}",
        "sloth_slo_info": "vector(1)",
    }
    return [
        {"record": name, "expr": expression, "labels": dict(labels)}
        for name, expression in expressions.items()
    ]


def _alerts(one: Objective, labels: dict[str, str], environment: str) -> list[dict[str, Any]]:
    chosen = _chosen(labels)
    made = []
    for severity in sorted({window.severity for window in one.alerts}):
        tests = [_test(w, one.target, chosen) for w in one.alerts if w.severity == severity]
        name = one.name.replace("-", " ").replace(".", " ").title().replace(" ", "")
        made.append(
            {
                "alert": f"{name}{severity.capitalize()}",
                "expr": "\nor\n".join(tests),
                "labels": {**labels, "sloth_severity": severity, "environment": environment},
                "annotations": {
                    "title": f"({severity}) {one.service} {one.name}: the error budget burns",
                    "summary": one.description or f"{one.name} burns its error budget too fast.",
                },
            }
        )
    return made


def _test(window: Window, target: float, chosen: str) -> str:
    share = f"{limit(window.burn, target=target):.6g}"
    sides = (
        f"max(slo:sli_error:ratio_rate{_length(seconds)}{chosen} >= {share}) without (sloth_window)"
        for seconds in (window.short, window.long)
    )
    return "(\n  " + "\n  and\n  ".join(sides) + "\n)"


def _chosen(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _length(seconds: float) -> str:
    """A window as Prometheus writes it."""
    return written(round(seconds) * SECOND)
