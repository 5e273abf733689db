"""Let a judge compare the outputs of two runs, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.dataset import Case
from holdfast.domain.digest import short
from holdfast.domain.score import Output
from holdfast.errors import UsageError
from holdfast.evaluation import output as outputs
from holdfast.evaluation import run as runs
from holdfast.evaluation.judge.pairwise import Pairwise, compare
from holdfast.evaluation.judge.panel import Spent
from holdfast.operations.evaluate.judges import Judges
from holdfast.operations.system import System


@dataclass(frozen=True, slots=True)
class Compared:
    """What a judge prefers, of which runs."""

    judge: str
    digest: str
    candidate: str
    baseline: str
    found: Pairwise
    spent: Spent


def pairwise(
    system: System, judges: Judges, *, name: str, candidate: str, baseline: str
) -> Compared:
    """Compare the outputs that two runs have to the same cases.

    Raises ``UsageError`` for a judge that judges single answers, and for runs without a case in
    common; ``NotFoundError``, ``BudgetError``, ``JudgeDownError``.
    """
    panel = judges.panel(name)
    if panel.definition.terms.kind != "pair":
        raise UsageError(
            f"judge {name!r} is of kind {panel.definition.terms.kind!r}; comparing two answers "
            "takes one of kind 'pair'"
        )
    pairs = _pairs(system, candidate, baseline)
    found = compare(panel, pairs)
    digest = short(panel.definition.digest)
    return Compared(name, digest, candidate, baseline, found, panel.spent)


def _pairs(system: System, candidate: str, baseline: str) -> list[tuple[Case, Output, Output]]:
    sides = [runs.load(name, ledger=system.ledger) for name in (candidate, baseline)]
    cases = {case.id: case for case in runs.cases(sides[0], blobs=system.blobs)}
    other = {case.id: case.question for case in runs.cases(sides[1], blobs=system.blobs)}
    there = [outputs.outputs(name, ledger=system.ledger) for name in (candidate, baseline)]
    pairs = [
        (cases[case], output, there[1][case, sample])
        for (case, sample), output in sorted(there[0].items())
        if not output.error
        and (case, sample) in there[1]
        and not there[1][case, sample].error
        and other.get(case) == cases[case].question
    ]
    if not pairs:
        raise UsageError(f"runs {candidate!r} and {baseline!r} have no case in common with answers")
    return pairs
