"""Objectives from OpenSLO v1 documents, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from holdfast.errors import SettingsError, UsageError
from holdfast.observation.duration import SECOND, duration
from holdfast.observation.located import Located, documents
from holdfast.observation.measure import measure
from holdfast.observation.metrics import GROUPS
from holdfast.observation.objective import DECISIONS, TIMESLICES, Indicator, Objective
from holdfast.statistics.burn import DAY, SHORTEST, TABLE, TICKET, Window

FOLDER = "slos"
VERSION = "openslo/v1"
IGNORED = ("Service", "DataSource", "AlertNotificationTarget")
"""Kinds that are allowed and say nothing we need: targets of alerts are in ``alerts.toml``."""
SHORT = "holdfast/short-window"
"""Annotation of a condition: its second window, which OpenSLO v1 has no field for."""


class Part(BaseModel):
    """A piece of a document; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class Metadata(Part):
    """Name and labels."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")]
    display_name: str = ""
    labels: dict[str, str | list[str]] = {}
    annotations: dict[str, str] = {}


class Spec(Part):
    """What a source of type ``holdfast`` measures."""

    measure: str
    op: Literal["lte", "lt", "gte", "gt"] | None = None
    value: float | None = None
    where: dict[str, str] = {}


class Source(Part):
    """Where a metric comes from."""

    metric_source_ref: str = ""
    type: Literal["holdfast"] = "holdfast"
    spec: Spec


class Metric(Part):
    """A metric of a ratio or threshold."""

    metric_source: Source


class Ratio(Part):
    """Good (or bad) of all decisions."""

    counter: bool = True
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric


class SliSpec(Part):
    """An indicator: a ratio, or a threshold on a measure."""

    description: str = ""
    ratio_metric: Ratio | None = None
    threshold_metric: Metric | None = None


class Sli(Part):
    """An indicator that stands within an objective, or alone."""

    metadata: Metadata
    spec: SliSpec


class TimeWindow(Part):
    """A rolling window; calendar windows are not supported."""

    duration: str
    is_rolling: Literal[True]


class Goal(Part):
    """The target, and for a threshold what is good."""

    display_name: str = ""
    op: Literal["lte", "lt", "gte", "gt"] | None = None
    value: float | None = None
    target: Annotated[float, Field(gt=0, lt=1)] | None = None
    target_percent: Annotated[float, Field(gt=0, lt=100)] | None = None
    time_slice_target: Annotated[float, Field(gt=0, le=1)] | None = None
    time_slice_window: str | None = None


class Condition(Part):
    """When a burn rate fires."""

    kind: Literal["burnrate"]
    op: Literal["gte", "gt"] = "gte"
    threshold: Annotated[float, Field(gt=0)]
    lookback_window: str
    alert_after: str = "0m"


class ConditionSpec(Part):
    """How bad it is, and when."""

    description: str = ""
    severity: Literal["page", "ticket"]
    condition: Condition


class AlertCondition(Part):
    """A condition that stands within a policy, or alone."""

    kind: Literal["AlertCondition"] = "AlertCondition"
    metadata: Metadata
    spec: ConditionSpec


class ConditionRef(Part):
    """A condition by name."""

    condition_ref: str


class Ref(Part):
    """A target of notifications, which ``alerts.toml`` says more of."""

    target_ref: str


class PolicySpec(Part):
    """Conditions under which an alert is raised."""

    description: str = ""
    alert_when_breaching: bool = True
    alert_when_resolved: bool = True
    alert_when_no_data: Literal[False] = False
    conditions: Annotated[list[AlertCondition | ConditionRef], Field(min_length=1)]
    notification_targets: list[Ref] = []


class AlertPolicy(Part):
    """A policy that stands within an objective, or alone."""

    kind: Literal["AlertPolicy"] = "AlertPolicy"
    metadata: Metadata
    spec: PolicySpec


class PolicyRef(Part):
    """A policy by name."""

    alert_policy_ref: str


class SloSpec(Part):
    """What is promised."""

    description: str = ""
    service: str
    indicator: Sli | None = None
    indicator_ref: str = ""
    time_window: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgeting_method: Literal["Occurrences", "Timeslices"] = "Occurrences"
    objectives: Annotated[list[Goal], Field(min_length=1)]
    alert_policies: list[AlertPolicy | PolicyRef] = []


KINDS: Mapping[str, Any] = {
    "SLO": SloSpec,
    "SLI": SliSpec,
    "AlertPolicy": PolicySpec,
    "AlertCondition": ConditionSpec,
}


class _Library:
    """The documents of all files by kind and name, each with where it stands."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], tuple[Metadata, Any, Located]] = {}

    def add(self, located: Located) -> None:
        value = located.value
        if not isinstance(value, dict):
            raise located.error((), "a document is a mapping with apiVersion, kind, metadata, spec")
        if value.get("apiVersion") != VERSION:
            raise located.error(
                ("apiVersion",), f"apiVersion is {value.get('apiVersion')!r}; use {VERSION!r}"
            )
        kind = str(value.get("kind"))
        if kind in IGNORED:
            return
        if kind not in KINDS:
            raise located.error(("kind",), f"kind {kind!r} is none of {', '.join(KINDS)}")
        for name in value.keys() - {"apiVersion", "kind", "metadata", "spec"}:
            raise located.error((name,), f"unknown field {name!r}")
        metadata = _valid(Metadata, located, "metadata")
        if (kind, metadata.name) in self.known:
            raise located.error(("metadata", "name"), f"there are two {kind}s {metadata.name!r}")
        self.known[kind, metadata.name] = (metadata, _valid(KINDS[kind], located, "spec"), located)

    def get(self, kind: str, name: str, *, located: Located, place: tuple[str | int, ...]) -> Any:
        found = self.known.get((kind, name))
        if found is None:
            raise located.error(place, f"there is no {kind} {name!r} in {FOLDER}/")
        return found


def load(folder: Path) -> tuple[Objective, ...]:
    """The objectives of ``slos/*.yaml``, by name. Raises ``SettingsError`` with file and line."""
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    return parse({str(file): _text(file) for file in files})


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{file}: cannot be read: {e}") from e


def parse(texts: Mapping[str, str]) -> tuple[Objective, ...]:
    """The objectives of texts by file name."""
    library = _Library()
    for file, text in texts.items():
        for located in documents(text, file=file):
            library.add(located)
    found: dict[str, Objective] = {}
    for (kind, _), (metadata, spec, located) in library.known.items():
        for one in _objectives(metadata, spec, library, located) if kind == "SLO" else ():
            if one.name in found:
                raise located.error(("spec", "objectives"), f"there are two of {one.name!r}")
            found[one.name] = one
    return tuple(found[name] for name in sorted(found))


def _valid(model: Any, located: Located, part: str) -> Any:
    if part not in located.value:
        raise located.error((), f"{part!r} is missing")
    try:
        return model.model_validate(located.value[part])
    except ValidationError as e:
        # Of a choice between shapes the longest way in is the one that was meant, and a field
        # that is unknown says more than the one that is missing for it.
        problem = max(
            e.errors(), key=lambda error: (len(error["loc"]), error["type"] == "extra_forbidden")
        )
        place = (part, *problem["loc"])
        named = [step for step in place if located.lines.get(_upto(place, step, located))]
        shown = ".".join(str(step) for step in (named or place))
        raise located.error(_real(place, located), f"{shown}: {_explain(problem)}") from e


def _upto(place: tuple[Any, ...], step: Any, located: Located) -> tuple[Any, ...]:
    return _real(place[: place.index(step) + 1], located)


def _real(place: tuple[Any, ...], located: Located) -> tuple[Any, ...]:
    """A place without the names of models that pydantic puts between."""
    real: tuple[Any, ...] = ()
    for step in place:
        if (*real, step) in located.lines:
            real = (*real, step)
    return real


def _explain(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown field"
    if problem["type"] == "missing":
        return "this field is missing"
    return f"{problem['msg']}, not {problem['input']!r}"


def _objectives(
    metadata: Metadata, spec: SloSpec, library: _Library, located: Located
) -> Iterable[Objective]:
    if (spec.indicator is None) == (not spec.indicator_ref):
        raise located.error(("spec",), "give either indicator or indicatorRef")
    sli = (
        spec.indicator.spec
        if spec.indicator
        else library.get(
            "SLI", spec.indicator_ref, located=located, place=("spec", "indicatorRef")
        )[1]
    )
    alerts = _alerts(spec, library, located)
    for number, goal in enumerate(spec.objectives):
        place = ("spec", "objectives", number)
        if (goal.target is None) == (goal.target_percent is None):
            raise located.error(place, "give either target or targetPercent")
        target = goal.target if goal.target is not None else goal.target_percent / 100  # type: ignore[operator]
        sliced = spec.budgeting_method == TIMESLICES
        given = (goal.time_slice_target is not None, goal.time_slice_window is not None)
        if given != (sliced, sliced):
            raise located.error(
                place, "timeSliceTarget and timeSliceWindow go with budgetingMethod Timeslices"
            )
        try:
            yield Objective(
                name=metadata.name
                if len(spec.objectives) == 1
                else f"{metadata.name}-{number + 1}",
                service=spec.service,
                description=goal.display_name or spec.description or metadata.display_name,
                target=target,
                window=duration(spec.time_window[0].duration),
                indicator=_indicator(sli, goal),
                method=spec.budgeting_method,
                slice_target=goal.time_slice_target or 0.0,
                slice=duration(goal.time_slice_window) if goal.time_slice_window else 0,
                alerts=alerts,
                source=f"{Path(located.file).name}:{located.line(('metadata', 'name'))}",
            )
        except UsageError as e:
            raise located.error(place, str(e)) from e


def _indicator(sli: SliSpec, goal: Goal) -> Indicator:
    if (sli.ratio_metric is None) == (sli.threshold_metric is None):
        raise UsageError("an indicator has either ratioMetric or thresholdMetric")
    if sli.threshold_metric is not None:
        if goal.op is None or goal.value is None:
            raise UsageError("an objective on a thresholdMetric needs op and value")
        spec = sli.threshold_metric.metric_source.spec
        return Indicator(measure(spec.measure), goal.op, goal.value, where=_where(spec))
    ratio = sli.ratio_metric
    if ratio is None or (ratio.good is None) == (ratio.bad is None):
        raise UsageError("a ratioMetric has either good or bad, and total")
    chosen = (ratio.good or ratio.bad).metric_source.spec  # type: ignore[union-attr]
    if ratio.total.metric_source.spec.measure != DECISIONS:
        raise UsageError(f"the total of a ratio is the measure {DECISIONS!r}")
    if (chosen.op is None) != (chosen.value is None):
        raise UsageError("op and value go together")
    return Indicator(
        measure(chosen.measure),
        chosen.op or "",
        chosen.value or 0.0,
        bad=ratio.bad is not None,
        where=_where(chosen) | _where(ratio.total.metric_source.spec),
    )


def _where(spec: Spec) -> dict[str, str]:
    for name in spec.where:
        if name not in GROUPS:
            raise UsageError(f"'where' knows no {name!r}; it has {', '.join(GROUPS)}")
    return dict(spec.where)


def _alerts(spec: SloSpec, library: _Library, located: Located) -> tuple[Window, ...]:
    """The windows that the policies name, or the workbook's."""
    found = []
    for number, policy in enumerate(spec.alert_policies):
        place = ("spec", "alertPolicies", number)
        said = (
            policy.spec
            if isinstance(policy, AlertPolicy)
            else library.get("AlertPolicy", policy.alert_policy_ref, located=located, place=place)[
                1
            ]
        )
        for one in said.conditions:
            if isinstance(one, AlertCondition):
                metadata, condition = one.metadata, one.spec
            else:
                metadata, condition, _ = library.get(
                    "AlertCondition", one.condition_ref, located=located, place=place
                )
            try:
                found.append(_window(metadata, condition))
            except UsageError as e:
                raise located.error(place, str(e)) from e
    return tuple(found) or TABLE


def _window(metadata: Metadata, said: ConditionSpec) -> Window:
    long = duration(said.condition.lookback_window) / SECOND
    second = metadata.annotations.get(SHORT)
    short = duration(second) / SECOND if second else long / SHORTEST
    if short > long:
        raise UsageError(f"{SHORT} {second!r} is longer than the lookbackWindow")
    longest = max(long, (28 if said.severity == TICKET else 3) * DAY)
    return Window(said.severity, said.condition.threshold, long, short, longest)
