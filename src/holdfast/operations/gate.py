"""Gate a candidate against a baseline on the same cases, and keep the verdict on the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.domain.event import Edge, Event
from holdfast.errors import ConflictError
from holdfast.evaluation.gate import Gate, gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.more import Plan, plan
from holdfast.evaluation.runner import Progress
from holdfast.evaluation.suite import Suite
from holdfast.operations.cases import cases_of
from holdfast.operations.evaluate import Target, evaluate, new_run
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
    """
    name = run or new_run(system)
    sides = [
        evaluate(
            system,
            suite,
            target=target,
            runtimes=runtimes,
            run=f"{name}-{role}",
            progress=progress,
        )
        for role, target in (("candidate", candidate), ("baseline", baseline))
    ]
    if sides[0].run.digest != sides[1].run.digest:
        raise ConflictError(
            f"dataset {suite.dataset!r} was saved between the two runs; run the gate again"
        )
    said = gate(suite, sides[0], baseline=sides[1])
    releases = dict.fromkeys(side.run.subject["release"] for side in sides)
    value = {
        "suite": said.suite,
        "verdict": said.verdict,
        "candidate": sides[0].run.subject,
        "baseline": {"run": sides[1].run.id, **sides[1].run.subject},
        "confidence": said.confidence,
        "rows": [
            {"metric": r.metric, "slice": r.slice, "kind": r.kind, "verdict": r.verdict}
            for r in said.rows
        ],
    }
    edges = tuple(Edge(f"release:{release}") for release in releases)
    journal = Journal(system, candidate.environment, "gate", f"run:{sides[0].run.id}")
    journal.write([Event(STORE, sides[0].run.id, value, edges)], reason=f"suite {suite.name}")
    return Gated(said, sides[0], sides[1])


def plan_gate(system: System, suite: Suite) -> tuple[Plan, ...]:
    """What the suite's margins can see with the cases it has; asks nothing."""
    cases = cases_of(system, suite)
    return plan(suite, [(case.cluster or case.id, frozenset(case.tags)) for case in cases])
