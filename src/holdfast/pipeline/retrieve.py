"""Find the passages an answer may rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.decision import GuardFinding
from holdfast.domain.document import Chunk, Hit
from holdfast.errors import EmbedderMismatchError
from holdfast.pipeline import cache, feedback, guard, memory, rank
from holdfast.pipeline.runtime import Runtime
from holdfast.pipeline.stages import Stages
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.ledger.as_of import View

FOLLOW_UP_TERMS = 4
"""A question with fewer words that matter is searched together with the one before it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What retrieval found for a question at a cut."""

    hits: tuple[Hit, ...]
    passages: tuple[Chunk, ...]
    ratings: tuple[str, ...]
    digest: str
    findings: tuple[GuardFinding, ...]


def retrieve(
    text: str, *, runtime: Runtime, view: View, search: CorpusSearch, stages: Stages
) -> Evidence:
    """What a release finds for a text at a cut: search, feedback, passages, guard.

    Raises ``EmbedderMismatchError`` when the search is over another space than the release's.
    """
    if search.space != runtime.space:
        raise EmbedderMismatchError(
            f"the release embeds with {runtime.space.embedder[:12]!r}, the column was made by "
            f"{search.space.embedder[:12]!r}; run 'holdfast ingest' and deploy again"
        )
    settings = runtime.retrieval
    with stages("embed"):
        vector = runtime.embedder.embed([text])[0]
    with stages("retrieve"):
        found = search.search(text, vector, at=view.cut, depth=settings.candidates)
    with stages("rank"):
        near = [hit.chunk for hit in found[: 3 * settings.passages]]
        counts, refs = feedback.ratings(view, near)
        hits = rank.rank(found, counts, settings=settings.rank)[: 2 * settings.passages]
    with stages("passages"):
        chunks = search.take(hits[: settings.passages])
        passages, findings = _allowed(chunks, runtime.guard)
    kept = {chunk.id for chunk in passages}
    ordered = sorted(hits, key=lambda hit: hit.chunk not in kept)
    evidence = cache.evidence_digest([chunk.id for chunk in passages])
    return Evidence(tuple(ordered), passages, tuple(refs), evidence, findings)


def search_text(question: str, turns: tuple[memory.Turn, ...]) -> str:
    """What is searched for: the question, with the one before it when it is a short follow-up.

    >>> search_text("And boots?", (memory.Turn("Can I return shoes?", "Yes."),))
    'Can I return shoes?\\nAnd boots?'
    """
    from_before = turns and len(cache.question_key(question).split()) < FOLLOW_UP_TERMS
    return f"{turns[-1].question}\n{question}" if from_before else question


def _allowed(
    chunks: list[Chunk], rules: guard.Guard
) -> tuple[tuple[Chunk, ...], tuple[GuardFinding, ...]]:
    """The passages that no rule keeps out, as the rules leave them, and what the rules found."""
    judged = [(chunk, judge(chunk.text, rules, where=guard.PASSAGE)) for chunk in chunks]
    return (
        tuple(replace(chunk, text=now.text) for chunk, now in judged if not now.replaced),
        tuple(finding for _, now in judged for finding in now.findings),
    )


def judge(text: str, rules: guard.Guard, *, where: str) -> guard.GuardOutcome:
    """What the rules make of a question or passage, with all that they found.

    Nearly all texts meet no rule, or only ones that flag; they need no second look.
    """
    findings = tuple(rules.check(text, where=where))
    if all(finding.action == guard.FLAG for finding in findings):
        return guard.GuardOutcome(text, findings, replaced=False)
    return replace(rules.apply(text, where=where), findings=findings)
