"""The events that a decision leaves on the ledger."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from holdfast.domain.decision import ANSWERED, Decision
from holdfast.domain.event import Edge, Event
from holdfast.pipeline import memory
from holdfast.pipeline.run import Draft
from holdfast.store.lake.terms import terms

WEAK = 0.05
"""Strength of an edge to what was in the prompt, or moved it, but left no word in the answer."""
SHARPNESS = 4
"""How much more of a word goes to the passage that holds more of the sentence around it."""
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it is recorded, when not all of it may be."""

    decision: Decision
    asked: str
    remembered: bool
    """Whether the conversation's memory gets a turn."""
    cached: bool
    """Whether the answer may be given again."""


def record(draft: Draft, *, kept: Kept | None = None) -> tuple[Event, ...]:
    """Decision, conversation turn and cache entry, with lineage to what they rest on.

    ``kept`` is what is written of the draft; the lineage is that of the draft itself.
    """
    kept = kept or Kept(draft.decision, draft.asked, remembered=True, cached=True)
    decision = kept.decision
    sources = _sources(draft)
    events = [Event("decisions", decision.id, decision.json(), sources)]
    if decision.session and decision.status == ANSWERED and kept.remembered:
        events.append(
            memory.remember(
                decision.session,
                decision=decision.id,
                question=kept.asked,
                answer=decision.answer,
            )
        )
    if draft.cache_key and kept.cached:
        value = {
            "question": kept.asked,
            "answer": decision.answer,
            "decision": decision.id,
            "prompts": [asdict(step) for step in decision.stamp.prompts],
            "findings": [asdict(f) for f in decision.stamp.findings if f.where == "answer"],
        }
        # What the decision rests on, the entry rests on through it.
        events.append(Event("cache", draft.cache_key, value, (Edge(f"decision:{decision.id}"),)))
    return tuple(events)


def _sources(draft: Draft) -> tuple[Edge, ...]:
    stamp = draft.decision.stamp
    texts: dict[str, Collection[int]] = {f"chunk:{c.id}": c.terms for c in draft.passages}
    texts |= {turn.ref: terms(turn.answer) for turn in draft.turns if turn.ref}
    said = shares(draft.decision.answer, texts)
    of_documents: dict[str, float] = defaultdict(float)
    for chunk in draft.passages:
        of_documents[f"document:{chunk.document}"] += said[f"chunk:{chunk.id}"]
    strengths = {ref: max(WEAK, round(share, 3)) for ref, share in (said | of_documents).items()}
    return (
        *(Edge(ref, min(strength, 1.0)) for ref, strength in strengths.items()),
        *((Edge(stamp.cache),) if stamp.cache else ()),
        *(Edge(ref, WEAK) for ref in stamp.ratings),
        Edge(f"release:{stamp.release}"),
    )


def shares(answer: str, texts: Mapping[str, Collection[int]]) -> dict[str, float]:
    """How much of an answer comes from each of several texts, given as their terms.

    Every word of a sentence is credited to the texts that hold it, and among several mostly to
    the one that holds most of the sentence: that two pages both speak of boots makes neither the
    source of what the other says. The shares are 0 to 1 and add up to 1 at most.

    >>> from holdfast.store.lake.terms import terms
    >>> page, other = terms("Boots cost 90 euros in spring"), terms("Boots are made in Norway")
    >>> told = shares("Boots cost 90 euros.", {"page": page, "other": other})
    >>> round(told["page"], 2), round(told["other"], 2)
    (1.0, 0.0)
    """
    held = {ref: frozenset(words) for ref, words in texts.items()}
    credit = dict.fromkeys(held, 0.0)
    total = 0
    for sentence in SENTENCE.split(answer):
        said = set(terms(sentence))
        total += len(said)
        weights = {ref: len(said & words) ** SHARPNESS for ref, words in held.items()}
        for term in said:
            holders = [ref for ref, words in held.items() if term in words]
            whole = sum(weights[ref] for ref in holders)
            for ref in holders:
                credit[ref] += weights[ref] / whole
    return {ref: share / max(total, 1) for ref, share in credit.items()}
