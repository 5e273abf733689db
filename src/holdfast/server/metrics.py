"""What the server tells Prometheus; each app has a registry of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from holdfast.domain.decision import Decision
from holdfast.domain.version import VERSION
from holdfast.errors import HoldfastError
from holdfast.observation.counts import Count
from holdfast.observation.intake import Intake
from holdfast.operations.budgets import Budgets
from holdfast.operations.watch.probes import Probes
from holdfast.project import Project
from holdfast.server.backlog import Backlog
from holdfast.server.supervisor import Supervisor
from holdfast.server.usage import Usage
from holdfast.server.watch import Watch

LOG = logging.getLogger("holdfast.server")
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
STAGE_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
TOTAL = "total"
"""The entry of a stamp's latency that is no stage."""


class Metrics:
    """The instruments, and their values as text."""

    answers = 0
    """Decisions that were recorded here."""

    def __init__(
        self,
        project: Project,
        backlog: Backlog,
        *,
        intake: Intake,
        watch: Watch,
        sorting: Supervisor,
    ) -> None:
        # A second series for each, which nothing here needs.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        mine = self._registry
        self._requests = Counter(
            "holdfast_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=mine,
        )
        self._durations = Histogram(
            "holdfast_request_duration_seconds",
            "Time from a request's head to the end of its reply.",
            ("route", "method"),
            buckets=REQUEST_BUCKETS,
            registry=mine,
        )
        self._stages = Histogram(
            "holdfast_stage_duration_seconds",
            "Time that answers spent in a stage of the pipeline.",
            ("stage",),
            buckets=STAGE_BUCKETS,
            registry=mine,
        )
        self._decisions = Counter(
            "holdfast_decisions",
            "Decisions that were recorded.",
            ("environment", "status"),
            registry=mine,
        )
        self._incomplete = Counter(
            "holdfast_decisions_incomplete",
            "Decisions whose stamp misses something.",
            registry=mine,
        )
        self._hits = Counter("holdfast_cache_hits", "Answers that were given again.", registry=mine)
        self._tokens = Counter(
            "holdfast_tokens", "Tokens that models counted.", ("direction",), registry=mine
        )
        self._received = Counter(
            "holdfast_received",
            "Spans, data points and log records that applications sent.",
            ("signal", "outcome"),
            registry=mine,
        )
        Info("holdfast_build", "What is running.", registry=mine).info({"version": VERSION})
        mine.register(_State(project, backlog, intake=intake))
        for one in (_Promises(watch), _Monitors(watch), _Spending(project), _Asked(project)):
            mine.register(one)
        self._canaries = _Canaries(watch, mine)
        self._usage = Usage(mine, sorting=lambda: sorting.pid)

    def requested(self, route: str, method: str, *, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the template, so that there are few of them."""
        self._requests.labels(route, method, str(status)).inc()
        self._durations.labels(route, method).observe(seconds)

    def decided(self, decision: Decision, *, cpu: float) -> None:
        """Count a recorded decision, which took ``cpu`` seconds of processor time here."""
        stamp = decision.stamp
        self.answers += 1
        self._decisions.labels(decision.environment, decision.status).inc()
        self._usage.answered(decision.environment, stamp.release, cpu=cpu)
        if stamp.canary:
            self._canaries.decided(decision)
        for stage, seconds in stamp.latency.items():
            if stage != TOTAL:
                self._stages.labels(stage).observe(seconds)
        if not stamp.complete:
            self._incomplete.inc()
        if stamp.cache:
            self._hits.inc()
            return
        for step in stamp.prompts:
            self._tokens.labels("input").inc(step.input_tokens or 0)
            self._tokens.labels("output").inc(step.output_tokens or 0)

    def received(self, signal: str, *, kept: int, rejected: int) -> None:
        """Count what a request brought."""
        self._received.labels(signal, "kept").inc(kept)
        self._received.labels(signal, "rejected").inc(rejected)

    def undecided(self, environment: str, status: str) -> None:
        """Count a decision that was recorded although there is no answer."""
        self._decisions.labels(environment, status).inc()

    def text(self) -> bytes:
        """All values in Prometheus's text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """Gauges that are read when they are asked for, not kept up to date."""

    def __init__(self, project: Project, backlog: Backlog, *, intake: Intake) -> None:
        self._project = project
        self._backlog = backlog
        self._intake = intake

    def collect(self) -> Iterator[Metric]:
        items = GaugeMetricFamily(
            "holdfast_queue_items",
            "Documents on the ingestion queue.",
            labels=("environment", "status"),
        )
        ticks = GaugeMetricFamily(
            "holdfast_head_tick", "Newest tick of an environment.", labels=("environment",)
        )
        inbox = GaugeMetricFamily(
            "holdfast_inbox", "What waits to be sorted into tables.", labels=("about",)
        )
        try:
            for name, head in self._project.environments().items():
                ticks.add_metric((name,), head.tick)
                for status, count in self._backlog.counts(head).items():
                    items.add_metric((name, status), count)
            waiting = self._intake.backlog()
            age = self._project.system.clock.now() - waiting.since if waiting.since else 0
            for about, value in (
                ("oldest_seconds", max(0.0, age / 1e6)),
                ("items", waiting.items),
                ("bytes", waiting.bytes),
                ("damaged_bodies", waiting.damaged),
            ):
                inbox.add_metric((about,), value)
        except HoldfastError as e:
            LOG.warning("metrics: the ledger cannot be read: %s", e)
        yield items
        yield ticks
        yield inbox


class _Promises(Collector):
    """How objectives stood when they were looked at last."""

    LABELS = ("environment", "slo", "row")

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        total = CounterMetricFamily(
            "holdfast_slo", "Decisions that an objective judged.", labels=self.LABELS
        )
        bad = CounterMetricFamily("holdfast_slo_bad", "Of those, the bad ones.", labels=self.LABELS)
        target = GaugeMetricFamily(
            "holdfast_slo_objective_ratio", "Share of good ones that is promised.",
            labels=self.LABELS,
        )  # fmt: skip
        left = GaugeMetricFamily(
            "holdfast_slo_error_budget_remaining_ratio", "Share of the budget that is left.",
            labels=self.LABELS,
        )  # fmt: skip
        firing = GaugeMetricFamily(
            "holdfast_alerts_firing", "Whether an objective burns too fast.",
            labels=(*self.LABELS, "severity"),
        )  # fmt: skip
        for environment, standings in self._watch.standings().items():
            counts = self._watch.counts(environment)
            for one in standings:
                labels = (environment, one.objective.name, one.objective.row)
                count = counts.get(one.objective.name, Count())
                total.add_metric(labels, count.n)
                bad.add_metric(labels, count.bad)
                target.add_metric(labels, one.objective.target)
                left.add_metric(labels, one.left)
                severities = {burn.window.severity for burn in one.firing}
                for severity in ("page", "ticket"):
                    firing.add_metric((*labels, severity), severity in severities)
        yield from (total, bad, target, left, firing)


class _Monitors(Collector):
    """What drift monitors said when they were looked at last."""

    LABELS = ("environment", "monitor", "signal", "aspect")

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        effect = GaugeMetricFamily(
            "holdfast_drift_effect_ratio", "How far a signal is from its reference.",
            labels=self.LABELS,
        )  # fmt: skip
        evidence = GaugeMetricFamily(
            "holdfast_drift_evidence", "E-value of the newest decisions since the reference.",
            labels=self.LABELS,
        )  # fmt: skip
        moved = GaugeMetricFamily(
            "holdfast_drift_moved", "Whether a signal moved, over all signals.", labels=self.LABELS
        )
        calibrated = GaugeMetricFamily(
            "holdfast_drift_calibrated", "Whether a monitor has thresholds of its own.",
            labels=self.LABELS[:2],
        )  # fmt: skip
        for environment, checked in self._watch.monitors().items():
            for one in checked.decided:
                labels = (environment, one.monitor, one.finding.signal, one.finding.aspect)
                effect.add_metric(labels, one.finding.effect)
                evidence.add_metric(labels, one.finding.e_value)
                moved.add_metric(labels, one.state == "moved")
            for standing in checked.standings:
                known = standing.kept is not None and bool(standing.kept.calibration)
                calibrated.add_metric((environment, standing.monitor.name), known)
        yield from (effect, evidence, moved, calibrated)


class _Spending(Collector):
    """What is spent of each limit of the day; an empty environment is the whole project."""

    LABELS = ("environment", "unit")

    def __init__(self, project: Project) -> None:
        self._budgets = Budgets(project.system)

    def collect(self) -> Iterator[Metric]:
        spent = GaugeMetricFamily(
            "holdfast_budget_spent", "What answering cost in this UTC day.", labels=self.LABELS
        )
        limit = GaugeMetricFamily(
            "holdfast_budget_limit", "What it may cost in a day.", labels=self.LABELS
        )
        try:
            for one in self._budgets.accounts():
                spent.add_metric((one.environment, one.unit), one.spent)
                limit.add_metric((one.environment, one.unit), one.limit)
        except HoldfastError as e:
            LOG.warning("metrics: the ledger cannot be read: %s", e)
        yield spent
        yield limit


class _Canaries(Collector):
    """What each arm of a canary decided, and how it stood when it was looked at last."""

    ARM = ("environment", "arm")

    def __init__(self, watch: Watch, registry: CollectorRegistry) -> None:
        self._watch = watch
        self._arms = Counter(
            "holdfast_canary_decisions",
            "Decisions that were recorded while a canary was running.",
            (*self.ARM, "status"),
            registry=registry,
        )
        registry.register(self)

    def decided(self, decision: Decision) -> None:
        """Count a decision of an arm."""
        self._arms.labels(decision.environment, decision.stamp.arm, decision.status).inc()

    def collect(self) -> Iterator[Metric]:
        running = GaugeMetricFamily(
            "holdfast_canary_running", "Whether a canary is running.", labels=("environment",)
        )
        counted = GaugeMetricFamily(
            "holdfast_canary_conversations", "Conversations that were counted.", labels=self.ARM
        )
        good = GaugeMetricFamily(
            "holdfast_canary_good_ratio", "Share of answers that were good.", labels=self.ARM
        )
        seconds = GaugeMetricFamily(
            "holdfast_canary_latency_seconds", "Mean time to an answer.", labels=self.ARM
        )
        cost = GaugeMetricFamily(
            "holdfast_canary_cost_dollars", "Mean price of an answer.", labels=self.ARM
        )
        evidence = GaugeMetricFamily(
            "holdfast_canary_evidence_ratio", "Evidence, as a share of what decides.",
            labels=("environment", "verdict"),
        )  # fmt: skip
        for environment, one in self._watch.canaries().items():
            running.add_metric((environment,), one.canary.running)
            for arm in (one.baseline, one.candidate):
                labels = (environment, arm.arm)
                counted.add_metric(labels, arm.conversations)
                if arm.conversations:
                    good.add_metric(labels, arm.good / arm.conversations)
                    seconds.add_metric(labels, arm.seconds / arm.decisions)
                    cost.add_metric(labels, arm.cost / arm.decisions)
            evidence.add_metric((environment, "fail"), one.harmed / one.needed)
            evidence.add_metric((environment, "pass"), one.safe / one.needed)
        yield from (running, counted, good, seconds, cost, evidence)


class _Asked(Collector):
    """How probes stood at their newest round, whoever asked it."""

    LABELS = ("environment", "probe")

    def __init__(self, project: Project) -> None:
        self._project = project
        self._probes = Probes(project.system, project.runtime)

    def collect(self) -> Iterator[Metric]:
        moved = GaugeMetricFamily(
            "holdfast_probe_moved", "Whether anything moved from the baseline.", labels=self.LABELS
        )
        unusual = GaugeMetricFamily(
            "holdfast_probe_unusual_ratio", "Share of unusual answers.", labels=self.LABELS
        )
        try:
            for name in self._probes.schedule.environments or (self._project.environment,):
                for one in self._probes.status(name):
                    if one.last is not None and one.last.asked:
                        moved.add_metric((name, one.name), one.state == "moved")
                        unusual.add_metric((name, one.name), one.last.unusual / one.last.asked)
        except HoldfastError as e:
            LOG.warning("metrics: probes cannot be read: %s", e)
        yield moved
        yield unusual
