"""Ask a suite cluster by cluster, and stop once its verdict is certain or hardly to be had."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.domain.dataset import Case
from holdfast.evaluation.gate import Gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.runner import Subject
from holdfast.evaluation.suite import Suite
from holdfast.evaluation.watch import Watch, clusters
from holdfast.operations.evaluate.session import Session

LOOK = 5
"""Clusters between two looks, for each thread that asks."""


def early(
    suite: Suite, sides: Sequence[tuple[Session, Subject]]
) -> tuple[Gate, tuple[Measured, ...]]:
    """The verdict on a candidate, beside a baseline if there is one, and what was asked for it.

    The clusters come in a random order that the suite's seed gives, so that a run that was stopped
    or killed goes on with the same ones.
    """
    first = sides[0][0]
    watch = Watch(suite, first.cases, paired=len(sides) > 1)
    todo = clusters(first.cases, seed=first.run.seed)
    step = LOOK * suite.threads
    asked: list[Case] = []
    while True:
        block, todo = todo[:step], todo[step:]
        new = [case for cluster in block for case in cluster]
        asked += new
        for session, subject in sides:
            session.ask(subject, cases=new)
        watch.add(block, [session.measured(new) for session, _ in sides])
        if todo and watch.verdict == "inconclusive" and not watch.hopeless:
            continue
        found = tuple(session.measured(asked) for session, _ in sides)
        said = watch.gate(*found)
        # What is certain may still not pass while much of what was asked is lacking.
        if not todo or said.verdict != "inconclusive" or watch.hopeless:
            for session, _ in sides:
                session.keep_scores()
            return said, found
