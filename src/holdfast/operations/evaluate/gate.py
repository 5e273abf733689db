"""Gate a candidate against a baseline on the same cases, and keep the verdict on the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import variance

from holdfast.domain.dataset import Case
from holdfast.domain.event import Edge, Event
from holdfast.errors import ConflictError
from holdfast.evaluation import scoring
from holdfast.evaluation.gate import Gate, gate
from holdfast.evaluation.measured import Measured, case_means
from holdfast.evaluation.more import Plan, plan
from holdfast.evaluation.suite import Suite
from holdfast.operations.evaluate.cases import cases_of
from holdfast.operations.evaluate.early import early
from holdfast.operations.evaluate.evaluate import Conduct, Target, begin, new_run, whole
from holdfast.operations.evaluate.flaky import flaky
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.ports.ledger import Query

STORE = "verdicts"


@dataclass(frozen=True, slots=True)
class Gated:
    """The gate's word with what it rests on."""

    gate: Gate
    candidate: Measured
    baseline: Measured


def gate_release(conduct: Conduct, suite: Suite, *, candidate: Target, baseline: Target) -> Gated:
    """Evaluate both on the suite's cases, with the same seeds, and judge.

    The name of the run names both (``RUN-candidate``, ``RUN-baseline``), which go on if they are
    there. If the suite stops early, both are asked side by side, until the verdict is certain.
    """
    system = conduct.system
    name = conduct.run or new_run(system)
    begun = [
        begin(replace(conduct, run=f"{name}-{role}"), suite, target=target)
        for role, target in (("candidate", candidate), ("baseline", baseline))
    ]
    if begun[0][0].run.digest != begun[1][0].run.digest:
        raise ConflictError(
            f"dataset {suite.dataset!r} was saved between the two runs; run the gate again"
        )
    if suite.stop_early:
        said, (after, before) = early(suite, begun)
    else:
        after, before = (whole(session, subject) for session, subject in begun)
        said = gate(suite, after, baseline=before)
    said = replace(said, flaky=tuple(one for one in flaky(system, suite) if one.flaky))
    _keep(system, said, candidate=after, baseline=before, environment=candidate.environment)
    return Gated(said, after, before)


def _keep(
    system: System, said: Gate, *, candidate: Measured, baseline: Measured, environment: str
) -> None:
    """Put the verdict on the ledger."""
    sides = (candidate, baseline)
    releases = dict.fromkeys(side.run.subject["release"] for side in sides)
    value = {
        "suite": said.suite,
        "verdict": said.verdict,
        "candidate": sides[0].run.subject,
        "baseline": {"run": sides[1].run.id, **sides[1].run.subject},
        "confidence": said.confidence,
        "asked": said.asked,
        "of": said.of,
        "rows": [
            {"metric": r.metric, "slice": r.slice, "kind": r.kind, "verdict": r.verdict}
            for r in said.rows
        ],
        "judges": [
            {"metric": j.metric, "digest": j.digest, "calibrated": j.calibrated}
            for j in said.judged
            if j.run == said.candidate
        ],
    }
    edges = tuple(Edge(f"release:{release}") for release in releases)
    journal = Journal(system, environment, "gate", f"run:{candidate.run.id}")
    journal.write([Event(STORE, candidate.run.id, value, edges)], reason=f"suite {said.suite}")


def plan_gate(system: System, suite: Suite) -> tuple[Plan, ...]:
    """What the suite's margins can see with the cases it has; asks nothing.

    How much cases move between two releases is taken from the suite's newest gate, if it had one.
    """
    cases = cases_of(system, suite)
    told = [(case.cluster or case.id, frozenset(case.tags)) for case in cases]
    return plan(suite, told, seen=_variances(system, suite, cases))


def _variances(system: System, suite: Suite, cases: Sequence[Case]) -> dict[tuple[str, str], float]:
    """Variance of a cluster's mean difference in the newest gate, by metric and slice."""
    query = Query(store=STORE, newest_first=True)
    entries = (entry for _, entry in system.ledger.history(query) if entry.value is not None)
    newest = next((entry for entry in entries if entry.value["suite"] == suite.name), None)
    found: dict[tuple[str, str], float] = {}
    if newest is None:
        return found
    for metric in suite.metrics:
        after, before = (
            case_means(scoring.scores(run, metric.scorer, ledger=system.ledger))
            for run in (newest.key, newest.value["baseline"]["run"])
        )
        for part in ("", *suite.slices):
            moves: dict[str, list[float]] = {}
            for case in cases:
                if case.id in after and case.id in before and (not part or part in case.tags):
                    move = after[case.id] - before[case.id]
                    moves.setdefault(case.cluster or f"case {case.id}", []).append(move)
            if len(moves) > 1:
                means = [sum(group) / len(group) for group in moves.values()]
                found[metric.name, part] = variance(means)
    return found
