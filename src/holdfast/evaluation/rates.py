"""Rates that judges give: raw, and corrected for how often the judge is wrong.

A judge that is right nine times out of ten does not turn 80 % into 80 %. Where people have
labelled outputs of the run itself, PPI++ corrects with them; labels of other outputs give the
judge's sensitivity and specificity, and Rogan-Gladen corrects with those. A judge that nobody has
calibrated is called so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from holdfast.domain.digest import short
from holdfast.domain.score import Score
from holdfast.errors import StatisticsError
from holdfast.evaluation.judge.calibration import Calibration
from holdfast.evaluation.judge.panel import Spent
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.scorers.judge import Judge, panel_of
from holdfast.evaluation.suite import Metric, Suite
from holdfast.statistics.interval import Interval, mean_interval
from holdfast.statistics.judged import prediction_powered_rate, rogan_gladen
from holdfast.statistics.moments import group, moments

LEAST = 10
"""Labelled outputs of the run itself that PPI++ needs."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a judge says of a run in one metric, and what is probably true.

    ``raw`` is the mean of its verdicts (or marks), each case's samples together; ``corrected``
    holds one interval for each method that applies. ``note`` says why there is none, or what else
    to know. ``open`` counts samples that it could not decide, ``failed`` those it failed on.
    """

    metric: str
    run: str
    judge: str
    digest: str
    application: str
    calibrated: bool
    raw: Interval | None
    corrected: tuple[Interval, ...]
    judged: int
    failed: int
    open: int
    note: str
    spent: Spent


def rates(suite: Suite, measured: Measured, *, confidence: float = 0.95) -> tuple[Rate, ...]:
    """The rates of every metric of a run that a judge has a say in."""
    return tuple(
        _rate(metric, measured, confidence=confidence)
        for metric in suite.metrics
        if panel_of(metric.scorer) is not None
    )


def _rate(metric: Metric, measured: Measured, *, confidence: float) -> Rate:
    panel = panel_of(metric.scorer)
    assert panel is not None  # noqa: S101 - ``rates`` asked
    application = str(getattr(metric.scorer, "application", ""))
    known = panel.calibrations.get(application)
    scores = measured.scores[metric.name]
    values = {key: float(s.value) for key, s in scores.items() if isinstance(s.value, bool | float)}
    table = _Table(measured, values, confidence)
    raw = table.raw()
    corrected: tuple[Interval, ...] = ()
    note = ""
    if known is None:
        note = f"run 'holdfast judge calibrate {panel.name} --labels FILE'"
        note += f" with application {application!r}" if application else ""
    elif not isinstance(metric.scorer, Judge):
        note = "the judge decided only what the first scorer was unsure of: not corrected"
    elif raw is not None:
        corrected, note = table.corrected(known, verdicts=metric.scorer.verdict)
        note = "; ".join(filter(None, (note, _changed(known, scores))))
    return Rate(
        metric.name,
        measured.run.id,
        panel.name,
        short(panel.definition.digest),
        application,
        known is not None,
        raw,
        corrected,
        len(values),
        measured.crashed(metric.name),
        sum(s.value is None and s.unsure and not s.error for s in scores.values()),
        note,
        panel.spent,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A judge's values of a run by (case, sample)."""

    measured: Measured
    values: Mapping[tuple[str, int], float]
    confidence: float

    def raw(self) -> Interval | None:
        """The mean of what the judge says, cases (or clusters of them) being independent."""
        if not self.values:
            return None
        clusters = self._clusters()
        given = list(self.values.values())
        try:
            found = mean_interval(
                given,
                clusters=[clusters[case] for case, _ in self.values],
                bounds=(0.0, 1.0),
                confidence=self.confidence,
            )
        except StatisticsError:
            return None
        return replace(found, estimate=sum(given) / len(given))

    def corrected(self, known: Calibration, *, verdicts: bool) -> tuple[tuple[Interval, ...], str]:
        """Every correction that applies, and why others do not."""
        found, notes = [], []
        for method in self._methods(known, verdicts=verdicts):
            try:
                found.append(method(self, known))
            except StatisticsError as e:
                notes.append(str(e))
        if not verdicts and not found:
            notes.append("marks are corrected by labels of the run itself only")
        return tuple(found), "; ".join(notes)

    def _methods(self, known: Calibration, *, verdicts: bool) -> Iterator[_Method]:
        if sum(item.run == self.measured.run.id for item in known.items) >= LEAST:
            yield _Table.powered
        if verdicts:
            yield _Table.inverted

    def inverted(self, known: Calibration) -> Interval:
        """Rogan-Gladen, with the judge's record on other outputs than this run's.

        Samples of a cluster say much the same, so as many are counted as would, independent, give
        the error that the clusters have.
        """
        record = known.record(without=self.measured.run.id)
        values = np.array(list(self.values.values()))
        clusters = self._clusters()
        found = moments(group(values, [clusters[case] for case, _ in self.values]))
        share, n = float(values.mean()), len(values)
        if found.groups < n:
            alone = moments(group(values, None)).standard_error
            share_of_n = (alone / found.standard_error) ** 2 if found.standard_error else 0.0
            n = min(n, max(int(n * share_of_n), found.groups if not alone else 1))
        return rogan_gladen(round(share * n), n, calibration=record, confidence=self.confidence)

    def powered(self, known: Calibration) -> Interval:
        """PPI++, with the labels of this run's own outputs; a case counts as one."""
        clusters = self._clusters()
        labels = {
            (i.case, i.sample): float(i.label) for i in known.items if i.run == self.measured.run.id
        }
        both = {key: y for key, y in labels.items() if key in self.values}
        seen = {clusters[case] for case, _ in both}
        truth = _means({key: both[key] for key in both}, clusters)
        judged = _means({key: self.values[key] for key in both}, clusters)
        rest = {k: v for k, v in self.values.items() if clusters[k[0]] not in seen}
        return prediction_powered_rate(
            list(truth.values()),
            [judged[name] for name in truth],
            unlabelled=list(_means(rest, clusters).values()),
            confidence=self.confidence,
        )

    def _clusters(self) -> dict[str, str]:
        return {
            c.id: f"cluster {c.cluster}" if c.cluster else f"case {c.id}"
            for c in self.measured.cases
        }


_Method: TypeAlias = Callable[[_Table, Calibration], Interval]


def _means(
    values: Mapping[tuple[str, int], float], clusters: Mapping[str, str]
) -> dict[str, float]:
    """The mean of every cluster."""
    found: dict[str, list[float]] = {}
    for (case, _), value in values.items():
        found.setdefault(clusters[case], []).append(value)
    return {name: sum(several) / len(several) for name, several in found.items()}


def _changed(known: Calibration, scores: Mapping[tuple[str, int], Score]) -> str:
    """Whether the provider answers with other models than those that were calibrated."""
    served = {
        vote["served"]
        for score in scores.values()
        for vote in score.detail.get("votes", ())
        if vote.get("served")
    }
    strange = sorted(served - set(known.served))
    if not known.served or not strange:
        return ""
    return f"the provider now answers with {strange[0]!r}, which was not calibrated: calibrate anew"
