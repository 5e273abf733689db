"""Score stored outputs: a pure pass that can be run again with other scorers, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from holdfast.domain.dataset import Case
from holdfast.domain.event import Event
from holdfast.domain.score import Output, Sample, Score
from holdfast.evaluation.scorers.scorer import Scorer, address, apply
from holdfast.evaluation.spread import spread
from holdfast.ports.ledger import Ledger, Query

STORE = "scores"
BATCH = 200
"""Scores of one event."""

Scores: TypeAlias = Mapping[tuple[str, int], Score]
"""The scores of one scorer by (case, sample)."""


def score(
    cases: Sequence[Case], outputs: Mapping[tuple[str, int], Output], *, scorer: Scorer
) -> dict[tuple[str, int], Score]:
    """What a scorer says of every output, in the order of the cases. A crash is a score too.

    A scorer that waits for others says with ``threads`` how many outputs it takes at once. Raises
    what ends a run (see ``apply``).
    """
    samples = 1 + max((sample for _, sample in outputs), default=-1)
    asked = [
        Sample(case, outputs[case.id, n])
        for case in cases
        for n in range(samples)
        if (case.id, n) in outputs
    ]
    threads = getattr(scorer, "threads", 1)
    found = spread(lambda one: apply(scorer, one), asked, threads=threads)
    return {
        (one.case.id, one.output.sample): score for one, score in zip(asked, found, strict=True)
    }


def events(run: str, scorer: Scorer, *, scores: Scores) -> Iterator[Event]:
    """The events that keep a scorer's word on a run."""
    rows = [{"case": case, "sample": n, **asdict(found)} for (case, n), found in scores.items()]
    for start in range(0, len(rows), BATCH):
        key = f"{run}/{address(scorer)}/{start // BATCH:04d}"
        yield Event(STORE, key, rows[start : start + BATCH])


def scores(run: str, scorer: Scorer, *, ledger: Ledger) -> dict[tuple[str, int], Score]:
    """What a scorer said of a run when it was last scored, whatever timeline that was on."""
    found: dict[tuple[str, int], Score] = {}
    for _, entry in ledger.history(Query(store=STORE, prefix=f"{run}/{address(scorer)}/")):
        for row in entry.value or []:
            given: dict[str, Any] = dict(row)
            key = given.pop("case"), given.pop("sample")
            found[key] = Score(**given)
    return found
