"""Answer a question: memory, retrieval, ranking, cache, prompts, generation, guard, stamp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from holdfast.domain.decision import ANSWERED, Decision, GuardFinding, Stamp, new_id
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.document import Chunk
from holdfast.domain.event import Entry
from holdfast.errors import ProviderError
from holdfast.pipeline import cache, guard, memory
from holdfast.pipeline.question import Question, asked_sampling, check, given, sampling_of
from holdfast.pipeline.reply import Reply
from holdfast.pipeline.retrieve import Evidence, judge, retrieve, search_text
from holdfast.pipeline.runtime import Runtime
from holdfast.pipeline.stages import Stages
from holdfast.ports.clock import Clock
from holdfast.ports.model import Sampling
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.ledger.as_of import View

PROBE = "holdfast.probe"
"""Metadata, and attribute of a span, that names the probe where nobody asked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that is not recorded yet."""

    decision: Decision
    turns: tuple[memory.Turn, ...]
    passages: tuple[Chunk, ...]
    asked: str
    """The question as the model saw it: what the guard redacts is in the decision only."""
    cache_key: str
    """Where the answer may be cached; empty when it may not."""
    error: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """What is known before an answer is written."""

    turns: tuple[memory.Turn, ...]
    asked: guard.GuardOutcome
    """What the guard makes of the question."""
    evidence: Evidence
    sampling: Sampling
    cache_key: str
    cached: Entry | None


def run(
    question: Question,
    *,
    runtime: Runtime,
    view: View,
    search: CorpusSearch,
    clock: Clock,
    stream: bool = False,
) -> Iterator[str | Draft]:
    """Work on a question at one cut.

    Yields the answer's text as it is safe to show (once, unless ``stream``), then the ``Draft``.
    A provider's failure is a draft with status ``failed``, never an exception.
    """
    check(question)
    started = clock.now()
    stages = Stages()
    work = _prepare(question, runtime=runtime, view=view, search=search, stages=stages)
    reply = Reply()
    if work.asked.replaced:
        reply.refuse(work.asked.text)
        yield reply.text
    elif work.cached is not None:
        reply.recall(work.cached)
        yield reply.text
    else:
        values = {
            "question": work.asked.text,
            "passages": work.evidence.passages,
            "history": work.turns,
            "instructions": question.instructions,
        }
        yield from reply.write(
            values, runtime=runtime, sampling=work.sampling, stages=stages, stream=stream
        )
    decision = Decision(
        id=question.id or new_id("d", at=started),
        at=started,
        environment=question.environment,
        session=question.session,
        question=question.text,
        answer=reply.text,
        status=reply.status,
        stamp=_stamp(work, reply, runtime=runtime, view=view, search=search, stages=stages),
        error=str(reply.error or ""),
        error_code=reply.error.code if reply.error else "",
        metadata=given(question),
    )
    stages.finish(_told(decision), error=decision.error)
    cacheable = reply.status == ANSWERED and work.cached is None
    key = work.cache_key if cacheable else ""
    asked = question.text if work.asked.replaced else work.asked.text
    yield Draft(decision, work.turns, work.evidence.passages, asked, key, reply.error)


def _told(decision: Decision) -> dict[str, str | int | float | None]:
    """What a span says of a decision; the rest stands on the ledger under its id."""
    stamp = decision.stamp
    last = stamp.prompts[-1] if stamp.prompts else None
    return {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.conversation.id": decision.session,
        "gen_ai.response.model": last.model if last else None,
        "gen_ai.usage.input_tokens": last.input_tokens if last else None,
        "gen_ai.usage.output_tokens": last.output_tokens if last else None,
        "holdfast.decision": decision.id,
        "holdfast.environment": decision.environment,
        PROBE: decision.metadata.get(PROBE),
        "holdfast.status": decision.status,
        "holdfast.release.digest": stamp.release,
        "holdfast.timeline": stamp.timeline,
        "holdfast.tick": stamp.tick,
        "holdfast.cost": stamp.cost,
    }


def _prepare(
    question: Question, *, runtime: Runtime, view: View, search: CorpusSearch, stages: Stages
) -> _Work:
    with stages("memory"):
        turns = question.history
        if turns is None:
            turns = memory.recall(view, question.session, turns=runtime.retrieval.memory_turns)
    asked = _asked(question, runtime)
    seen = question if asked.replaced else replace(question, text=asked.text)
    evidence = retrieve(
        search_text(seen.text, turns), runtime=runtime, view=view, search=search, stages=stages
    )
    with stages("cache"):
        key, cached = _lookup(seen, turns, evidence, runtime=runtime, view=view)
    sampling = sampling_of(question, default=runtime.sampling)
    return _Work(turns, asked, evidence, sampling, key, cached)


def _asked(question: Question, runtime: Runtime) -> guard.GuardOutcome:
    """What the guard makes of the question, or that it is not to be answered at all."""
    if not question.withheld:
        return judge(question.text, runtime.guard, where=guard.QUESTION)
    finding = GuardFinding("budget", "budget", guard.FALLBACK, question.withheld, guard.QUESTION)
    return guard.GuardOutcome(runtime.guard.fallback, (finding,), replaced=True)


def _lookup(
    question: Question,
    turns: tuple[memory.Turn, ...],
    evidence: Evidence,
    *,
    runtime: Runtime,
    view: View,
) -> tuple[str, Entry | None]:
    if not (runtime.retrieval.cache and question.cache and evidence.passages):
        return "", None
    history = digest(
        [
            [[turn.question, turn.answer] for turn in turns],
            question.instructions,
            asdict(asked_sampling(question, default=runtime.sampling)),
        ]
    )
    key = cache.cache_key(
        runtime.release.digest,
        evidence=evidence.digest,
        history=history,
        question=question.text,
    )
    return key, view.get("cache", key)


def _stamp(
    work: _Work,
    reply: Reply,
    *,
    runtime: Runtime,
    view: View,
    search: CorpusSearch,
    stages: Stages,
) -> Stamp:
    return Stamp(
        release=runtime.release.digest,
        components=dict(runtime.release.components),
        timeline=view.cut.timeline,
        tick=view.cut.tick,
        corpus=search.corpus(view.cut),
        space=search.identity(view.cut) | _adapted(runtime),
        hits=work.evidence.hits,
        used=len(work.evidence.passages),
        evidence=work.evidence.digest,
        ratings=work.evidence.ratings,
        prompts=tuple(reply.steps),
        sampling=asdict(work.sampling),
        cache=work.cached.ref if work.cached else None,
        memory=tuple(turn.ref for turn in work.turns if turn.ref),
        findings=(*work.asked.findings, *work.evidence.findings, *reply.findings),
        latency=stages.seconds(),
        cost=reply.cost,
        missing=_missing(reply, sampling=work.sampling, deterministic=runtime.model.deterministic),
    )


def _adapted(runtime: Runtime) -> JsonObject:
    """That the question was not embedded by the space's own embedder, if it was not."""
    return {} if runtime.adapter is None else {"adapter": runtime.adapter}


def _missing(reply: Reply, *, sampling: Sampling, deterministic: bool) -> tuple[str, ...]:
    missing: list[str] = []
    if any(step.fingerprint is None for step in reply.steps):
        missing.append("model fingerprint")
    if any(step.input_tokens is None for step in reply.steps):
        missing.append("token usage")
    if sampling.seed is None:
        missing.append("seed")
    if reply.steps and not deterministic:
        missing.append("determinism of the model")
    if reply.error is not None:
        missing.append("answer")
    return tuple(missing)
