"""What an erasure leaves of each value of the ledger that holds a user's content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from holdfast.domain.dataset import Case
from holdfast.domain.digest import Json
from holdfast.domain.event import Entry
from holdfast.domain.moment import EventId
from holdfast.domain.withheld import ERASED, erased
from holdfast.evaluation import dataset
from holdfast.evaluation.scorers.refusal import refuses
from holdfast.observation.fact import REFUSES
from holdfast.operations.system import System
from holdfast.ports.ledger import Query

SAME = object()
"""Nothing of a value goes."""
QUOTED = 24
"""Characters from which a text that stands in another is taken for a quotation of it."""
VARIANT = "~"
"""Parts the id of a case from that of an attack on it."""


@dataclass(slots=True)
class Remains:
    """What stands in the place of which value, and the blobs that nobody needs then."""

    decisions: frozenset[str]
    request: str
    values: dict[EventId, Json] = field(default_factory=dict)
    stores: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    """Cases that go, by dataset."""
    blobs: dict[str, str] = field(default_factory=dict)
    """Of datasets that held a case, and what each is without it."""
    texts: set[str] = field(default_factory=set)
    """What was said, as far as it is long enough to be found where it is quoted."""
    known: set[str] = field(default_factory=set)
    """Ids of the cases that go."""

    def leave(self, entry: Entry, value: Json) -> None:
        """``value`` is what stays of an entry."""
        self.values[entry.id] = value
        self.stores[entry.store] = self.stores.get(entry.store, 0) + 1


def remains(system: System, decisions: frozenset[str], *, request: str, write: bool) -> Remains:
    """What is left of every value that rests on some decisions.

    With ``write``, datasets without their cases are stored; who calls it holds the latch.
    """
    found = Remains(decisions, request)
    if not decisions:
        return found
    _decisions(system, found)
    _datasets(system, found, write=write)
    for store, left in LEFT.items():
        for _, entry in system.ledger.history(Query(store=store)):
            if entry.value is None:
                continue
            value = left(entry, found)
            if value is not SAME and value != entry.value:
                found.leave(entry, value)
    return found


def _decisions(system: System, found: Remains) -> None:
    for _, entry in system.ledger.history(Query(store="decisions")):
        value = entry.value
        if entry.key not in found.decisions or value is None:
            continue
        if (value.get("withheld") or {}).get("request"):
            continue
        said = (value["question"], value["answer"])
        found.texts |= {text for text in said if len(text) >= QUOTED}
        refused = refuses(value["answer"]) >= REFUSES
        found.leave(entry, erased(value, request=found.request, refused=refused))


def _datasets(system: System, found: Remains, *, write: bool) -> None:
    """Every version of every dataset without the cases that were made of the decisions."""
    for _, entry in system.ledger.history(Query(store=dataset.STORE)):
        if entry.value is None:
            continue
        cases = list(_cases(system.blobs.get(entry.value["blob"])))
        kept = [case for case in cases if not _made_of(case, found)]
        if len(kept) == len(cases):
            continue
        found.known |= {case.id for case in cases if _made_of(case, found)}
        found.cases[entry.key] = max(found.cases.get(entry.key, 0), len(cases) - len(kept))
        blob = system.blobs.put(dataset.lines(kept)) if write else ""
        found.blobs[entry.value["blob"]] = blob
        # Runs name the version by the digest it had.
        found.leave(entry, {**entry.value, "cases": len(kept), "blob": blob})


def _cases(data: bytes) -> Iterator[Case]:
    return (Case.from_json(json.loads(line)) for line in data.decode().split("\n") if line)


def _made_of(case: Case, found: Remains) -> bool:
    return case.decision in found.decisions or case.id.partition(VARIANT)[0] in found.decisions


def _memory(entry: Entry, found: Remains) -> Any:
    return None if entry.key.rpartition("/")[2] in found.decisions else SAME


def _cache(entry: Entry, found: Remains) -> Any:
    return None if entry.value["decision"] in found.decisions else SAME


def _feedback(entry: Entry, found: Remains) -> Any:
    if entry.key not in found.decisions:
        return SAME
    correction = ERASED if entry.value["correction"] else ""
    return {**entry.value, "question": ERASED, "correction": correction}


def _assessment(entry: Entry, found: Remains) -> Any:
    if entry.key.partition("/")[0] not in found.decisions:
        return SAME
    return {**entry.value, "detail": {}, "error": ERASED if entry.value["error"] else ""}


def _shadow(entry: Entry, found: Remains) -> Any:
    if entry.key not in found.decisions:
        return SAME
    texts = ("question", "was", "answer", "error")
    return {**entry.value, **{name: ERASED if entry.value[name] else "" for name in texts}}


def _label(entry: Entry, found: Remains) -> Any:
    mine = entry.key.partition("/")[0] in found.decisions
    return {**entry.value, "note": ""} if mine else SAME


def _run(entry: Entry, found: Remains) -> Any:
    blob = entry.value.get("blob")
    return {**entry.value, "blob": found.blobs[blob]} if blob in found.blobs else SAME


def _output(entry: Entry, found: Remains) -> Any:
    case = entry.key.partition("/")[2].rpartition("/")[0]
    if case not in found.known:
        return SAME
    value = entry.value
    return {**value, "answer": ERASED, "error": ERASED if value["error"] else ""}


def _scores(entry: Entry, found: Remains) -> Any:
    return [
        {**row, "detail": {}, "error": ERASED if row["error"] else ""}
        if row["case"] in found.known
        else row
        for row in entry.value
    ]


def _quoting(entry: Entry, found: Remains) -> Any:
    """A value whose texts quote nothing of what was said."""
    return _unquoted(entry.value, found.texts)


def _unquoted(value: Json, texts: set[str]) -> Json:
    if isinstance(value, str):
        return ERASED if any(text in value for text in texts) else value
    if isinstance(value, list):
        return [_unquoted(inner, texts) for inner in value]
    if isinstance(value, dict):
        return {name: _unquoted(inner, texts) for name, inner in value.items()}
    return value


LEFT: dict[str, Callable[[Entry, Remains], Any]] = {
    "memory": _memory,
    "cache": _cache,
    "feedback": _feedback,
    "assessments": _assessment,
    "labels": _label,
    "shadows": _shadow,
    "runs": _run,
    "outputs": _output,
    "scores": _scores,
    "judgements": _quoting,
    "incidents": _quoting,
    "notices": _quoting,
}
"""What is left of the values of a store."""
