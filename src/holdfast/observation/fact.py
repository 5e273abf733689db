"""What the ledger says of each decision, as one flat row: what every figure is computed from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from holdfast.domain.decision import BLOCKED, FAILED
from holdfast.evaluation.scorers.refusal import refuses
from holdfast.observation.language import language
from holdfast.observation.outcome import outcomes
from holdfast.ports.ledger import Ledger, Query

REFUSES = 0.5
"""Probability from which an answer counts as a refusal."""
TOTAL = "total"
"""The entry of a stamp's latency that is the whole."""
ELSEWHERE = "(none)"
"""The slice of a decision that names none and was given no document."""
FORMATTED = re.compile(r"^\s*(?:[-*•]|\d+[.)]|#{1,6})\s|^\s*\|.*\|\s*$|```", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fact:
    """One decision, with what became known of it afterwards.

    Tokens and cost of an answer from the cache are 0: they were counted when it was generated.
    """

    decision: str
    at: int
    environment: str
    session: str
    question: str
    status: str
    error_code: str
    release: str
    prompt: str
    """Digest of the release's prompts."""
    model: str
    fingerprint: str
    cached: bool
    complete: bool
    truncated: bool
    latency: Mapping[str, float]
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: float | None
    broken: tuple[str, ...]
    """Rules of the guard that the answer met."""
    length: int
    """Characters of the answer."""
    refused: bool
    similarity: float
    """Cosine of the best passage to the question; 0 without passages."""
    passages: int
    documents: tuple[str, ...]
    """Digests of the documents whose passages were in the prompt, best first."""
    slice: str
    told: bool = True
    """Whether the text is there: it may have been erased, or never kept."""
    feedback: str = ""
    outcome: str = ""
    """What came next in the conversation: see ``outcome.outcomes``."""
    formatted: bool = False
    """Whether the answer has lists, tables, headings or code."""
    spoken: bool | None = None
    """Whether it is in the question's language; None where either is unclear."""
    scores: Mapping[str, bool | float | str] = field(default_factory=dict)
    labels: Mapping[str, bool] = field(default_factory=dict)


def facts(ledger: Ledger, environment: str, *, since: int, before: int | None = None) -> list[Fact]:
    """The decisions of an environment in a time, oldest first, on whatever timeline.

    A rollback does not unmeasure: what users were told counts, also when it was taken back.
    """
    paths = Paths(ledger)
    query = Query(store="decisions", since=since, before=before)
    found = [
        read(entry.value, paths=paths)
        for _, entry in ledger.history(query)
        if entry.value is not None and entry.value["environment"] == environment
    ]
    return complete(found, ledger=ledger, since=since, before=before)


def complete(
    found: Iterable[Fact], *, ledger: Ledger, since: int, before: int | None = None
) -> list[Fact]:
    """Rows with what came later: feedback, scores, labels, and how conversations went on."""
    rows = list(found)
    said = {
        key: value["verdict"] for key, value in _newest(ledger, "feedback", since, before) if value
    }
    scores = _by_decision(
        (key, fair(value)) for key, value in _newest(ledger, "assessments", since, before)
    )
    labels = _by_decision(
        (key, value and value["good"]) for key, value in _newest(ledger, "labels", since, before)
    )
    next_ = outcomes(rows)
    return [
        replace(
            fact,
            feedback=said.get(fact.decision, ""),
            outcome=next_[fact.decision],
            scores=scores.get(fact.decision, {}),
            labels=labels.get(fact.decision, {}),
        )
        for fact in rows
    ]


def read(value: dict[str, Any], *, paths: Folders) -> Fact:
    """The row of a recorded decision, as its own event tells it."""
    stamp, answer = value["stamp"], value["answer"]
    withheld: dict[str, Any] = value.get("withheld") or {}
    cached = stamp["cache"] is not None
    steps = () if cached else stamp["prompts"]
    used = stamp["hits"][: stamp["used"]]
    documents = tuple(dict.fromkeys(hit["document"] for hit in used))
    last = stamp["prompts"][-1] if stamp["prompts"] else {}
    return Fact(
        decision=value["id"],
        at=value["at"],
        environment=value["environment"],
        session=value["session"],
        question=value["question"],
        status=value["status"],
        error_code=value["error_code"],
        release=stamp["release"],
        prompt=stamp["components"].get("prompt", ""),
        model=last.get("model") or "",
        fingerprint=last.get("fingerprint") or "",
        cached=cached,
        complete=not stamp["missing"],
        truncated=last.get("finish_reason") == "length",
        latency=stamp["latency"],
        input_tokens=sum(step["input_tokens"] or 0 for step in steps),
        cached_tokens=sum(step["cached_tokens"] or 0 for step in steps),
        output_tokens=sum(step["output_tokens"] or 0 for step in steps),
        cost=0.0 if cached else stamp["cost"],
        broken=tuple(f["rule"] for f in stamp["findings"] if f["where"] == "answer"),
        length=withheld.get("answer", {}).get("characters", 0) if withheld else len(answer),
        refused=value["status"] == BLOCKED
        or (value["status"] != FAILED and (withheld.get("refused") or refuses(answer) >= REFUSES)),
        similarity=used[0]["similarity"] if used else 0.0,
        passages=len(used),
        documents=documents,
        slice=str(value["metadata"].get("slice", "")) or paths.folder(documents),
        formatted=FORMATTED.search(answer) is not None,
        spoken=None if withheld else _spoken(value["question"], answer),
        told=not withheld,
    )


def _spoken(question: str, answer: str) -> bool | None:
    asked, said = language(question), language(answer)
    return asked == said if asked and said else None


class Folders(Protocol):
    """Names what an answer is about by the documents that it was given."""

    def folder(self, documents: Iterable[str]) -> str: ...


class Paths:
    """Under which path each document version has been live; read once, when it is asked."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tick = 0
        self._known: dict[str, str] = {}

    def path(self, document: str) -> str:
        """The newest path of a document's digest, or empty."""
        if document not in self._known:
            self._follow()
        return self._known.get(document, "")

    def folder(self, documents: Iterable[str]) -> str:
        """The first part of the path of the first document: what an answer is about."""
        first = next(iter(documents), "")
        return folder_of(self.path(first) if first else "")

    def _follow(self) -> None:
        query = Query(store="documents", after=self._tick)
        for commit, entry in self._ledger.history(query):
            self._tick = commit.tick
            if entry.value is not None:
                self._known[entry.value["document"]] = entry.key


def folder_of(path: str) -> str:
    """The slice that a document's path stands for.

    >>> folder_of("returns/shoes.md"), folder_of("returns.md"), folder_of("")
    ('returns', 'returns', '(none)')
    """
    return path.partition("/")[0].removesuffix(".md") if path else ELSEWHERE


def _newest(
    ledger: Ledger, store: str, since: int, before: int | None
) -> Iterator[tuple[str, Any]]:
    newest: dict[str, Any] = {}
    for _, entry in ledger.history(Query(store=store, since=since, before=before)):
        newest[entry.key] = entry.value
    yield from newest.items()


def fair(value: dict[str, Any] | None) -> Any:
    """The value of a score that enters rates: one of a fairly drawn decision."""
    return value["value"] if value and value["why"] == "fair" else None


def _by_decision(found: Iterable[tuple[str, Any]]) -> dict[str, dict[str, Any]]:
    """Values of keys ``DECISION/NAME``; those without a value are left out."""
    known: dict[str, dict[str, Any]] = {}
    for key, value in found:
        decision, _, name = key.partition("/")
        if value is not None:
            known.setdefault(decision, {})[name] = value
    return known
