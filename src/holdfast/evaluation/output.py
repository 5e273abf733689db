"""Outputs on the ledger: each answer of a run is kept as it comes, so nothing is asked twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from holdfast.domain.digest import Json
from holdfast.domain.event import Event
from holdfast.domain.score import Output, Passage
from holdfast.ports.ledger import Ledger, Query

STORE = "outputs"


def event(run: str, output: Output) -> Event:
    """The event that keeps one output of a run."""
    value = json.loads(json.dumps(asdict(output)))
    return Event(STORE, f"{run}/{output.case}/{output.sample}", value)


def outputs(run: str, *, ledger: Ledger) -> dict[tuple[str, int], Output]:
    """The newest output of every (case, sample) of a run, whatever timeline it was written on."""
    query = Query(store=STORE, prefix=f"{run}/")
    found = (from_json(entry.value) for _, entry in ledger.history(query) if entry.value)
    return {(output.case, output.sample): output for output in found}


def from_json(value: Json) -> Output:
    """An output as it was before it was stored."""
    given: dict[str, Any] = dict(value)
    given["passages"] = tuple(Passage(**passage) for passage in given["passages"])
    given["retrieved"] = tuple(given["retrieved"])
    return Output(**given)
