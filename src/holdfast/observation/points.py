"""Data points of metrics as columns."""

from __future__ import annotations

from math import isfinite
from typing import Any

from holdfast.observation.attributes import mapping, origin, text
from holdfast.observation.days import Days, fill
from holdfast.observation.wire import Message, Window, point_problem, points

TEMPORALITIES = {1: "delta", 2: "cumulative"}
SIMPLE = ("gauge", "sum")


def decode_points(message: Message, *, batch: int, window: Window, into: Days) -> None:
    """Add the points that can be kept."""
    for of_resource in message.resource_metrics:
        service, environment, resource = origin(of_resource.resource)
        for of_scope in of_resource.scope_metrics:
            shared = {
                "batch": batch,
                "service": service,
                "environment": environment,
                "resource": resource,
                "scope": of_scope.scope.name or None,
            }
            for metric in of_scope.metrics:
                of_metric = {**shared, **_metric(metric)}
                for point in points(metric):
                    if not point_problem(metric, point, window=window):
                        columns, row = into.at(point.time_unix_nano)
                        values = _point(point, simple=of_metric["kind"] in SIMPLE)
                        fill(columns, {**of_metric, **values}, row=row)


def _metric(metric: Message) -> dict[str, Any]:
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind) if kind else None
    temporality = getattr(data, "aggregation_temporality", 0)
    return {
        "name": metric.name,
        "unit": metric.unit or None,
        "kind": kind,
        "temporality": TEMPORALITIES.get(temporality),
        "monotonic": int(data.is_monotonic) if kind == "sum" and data is not None else None,
    }


def _point(point: Message, *, simple: bool) -> dict[str, Any]:
    values = {
        "start_ns": point.start_time_unix_nano or None,
        "time_ns": point.time_unix_nano,
        "attributes": text(mapping(point.attributes)),
    }
    if simple:
        which = point.WhichOneof("value")
        return {**values, "value": _number(getattr(point, which)) if which else None}
    return {
        **values,
        "count": min(point.count, 2**63 - 1),
        "sum": _number(point.sum),
        "min": _number(point.min) if _has(point, "min") else None,
        "max": _number(point.max) if _has(point, "max") else None,
        "buckets": text(_buckets(point)),
    }


def _buckets(point: Message) -> dict[str, Any]:
    """What tells how the values are spread, as the kind of metric has it."""
    if hasattr(point, "explicit_bounds"):
        return {"bounds": list(point.explicit_bounds), "counts": list(point.bucket_counts)}
    if hasattr(point, "quantile_values"):
        return {"quantiles": {str(q.quantile): q.value for q in point.quantile_values}}
    return {
        "scale": point.scale,
        "zero": point.zero_count,
        "positive": _side(point.positive),
        "negative": _side(point.negative),
    }


def _side(side: Message) -> dict[str, Any]:
    return {"offset": side.offset, "counts": list(side.bucket_counts)}


def _has(point: Message, name: str) -> bool:
    return name in point.DESCRIPTOR.fields_by_name and point.HasField(name)


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None
