"""The events that a decision leaves on the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from holdfast.domain.decision import ANSWERED, Decision
from holdfast.domain.document import Chunk
from holdfast.domain.event import Edge, Event
from holdfast.pipeline import memory
from holdfast.pipeline.run import Draft
from holdfast.store.lake.terms import terms

WEAK = 0.05
"""Strength of an edge to a passage that was in the prompt but left no word in the answer."""


def record(draft: Draft) -> tuple[Event, ...]:
    """Decision, conversation turn and cache entry, with lineage to what they rest on."""
    decision = draft.decision
    sources = _sources(draft)
    events = [Event("decisions", decision.id, decision.json(), sources)]
    if decision.session and decision.status == ANSWERED:
        events.append(
            memory.remember(
                decision.session,
                decision=decision.id,
                question=draft.asked,
                answer=decision.answer,
            )
        )
    if draft.cache_key:
        value = {
            "question": draft.asked,
            "answer": decision.answer,
            "decision": decision.id,
            "prompts": [asdict(step) for step in decision.stamp.prompts],
            "findings": [asdict(f) for f in decision.stamp.findings if f.where == "answer"],
        }
        edge = Edge(f"decision:{decision.id}")
        events.append(Event("cache", draft.cache_key, value, (edge, *sources)))
    return tuple(events)


def _sources(draft: Draft) -> tuple[Edge, ...]:
    stamp = draft.decision.stamp
    documents = strengths(draft.decision, draft.passages)
    return (
        *(Edge(f"chunk:{chunk}", strength) for chunk, strength in documents.items()),
        *(Edge(ref) for ref in stamp.memory),
        *((Edge(stamp.cache),) if stamp.cache else ()),
        Edge(f"release:{stamp.release}", WEAK),
    )


def strengths(decision: Decision, passages: Sequence[Chunk]) -> dict[str, float]:
    """How much an answer rests on each passage: the share of its terms that the passage holds."""
    said = {int(term) for term in terms(decision.answer)}
    return {
        chunk.id: max(WEAK, round(len(said & set(chunk.terms)) / len(said), 3)) if said else WEAK
        for chunk in passages
    }
