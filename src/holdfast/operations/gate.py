"""Gate a candidate against a baseline on the same cases, and keep the verdict on the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from holdfast.domain.event import Edge, Event
from holdfast.errors import ConflictError
from holdfast.evaluation.gate import Gate, gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.more import Plan, plan
from holdfast.evaluation.runner import Progress
from holdfast.evaluation.suite import Suite
from holdfast.operations.cases import cases_of
from holdfast.operations.early import early
from holdfast.operations.evaluate import Target, begin, new_run, whole
from holdfast.operations.flaky import flaky
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime

STORE = "verdicts"


@dataclass(frozen=True, slots=True)
class Gated:
    """The gate's word with what it rests on."""

    gate: Gate
    candidate: Measured
    baseline: Measured


def gate_release(
    system: System,
    suite: Suite,
    *,
    candidate: Target,
    baseline: Target,
    runtimes: Callable[[str], Runtime],
    run: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> Gated:
    """Evaluate both on the suite's cases, with the same seeds, and judge.

    ``run`` names both runs (``RUN-candidate``, ``RUN-baseline``), which go on if they are there.
    If the suite stops early, both are asked side by side, until the verdict is certain.
    """
    name = run or new_run(system)
    begun = [
        begin(
            system,
            suite,
            target=target,
            runtimes=runtimes,
            run=f"{name}-{role}",
            progress=progress,
        )
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
    """What the suite's margins can see with the cases it has; asks nothing."""
    cases = cases_of(system, suite)
    return plan(suite, [(case.cluster or case.id, frozenset(case.tags)) for case in cases])
