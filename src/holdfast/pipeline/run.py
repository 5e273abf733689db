"""Answer a question: memory, retrieval, ranking, cache, prompts, generation, guard, stamp."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from holdfast.domain.decision import (
    ANSWERED,
    BLOCKED,
    FAILED,
    Decision,
    GuardFinding,
    PromptStep,
    Stamp,
    new_id,
)
from holdfast.domain.digest import digest
from holdfast.domain.document import Chunk, Hit
from holdfast.domain.event import Entry
from holdfast.errors import EmbedderMismatchError, LimitError, ProviderError, UsageError
from holdfast.pipeline import cache, feedback, generate, guard, memory, prompt, rank
from holdfast.pipeline.runtime import Runtime
from holdfast.pipeline.stages import Stages
from holdfast.ports.clock import Clock
from holdfast.ports.model import Generation, Message, Sampling
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.ledger.as_of import View

MAX_QUESTION = 20_000
FOLLOW_UP_TERMS = 4
"""A question with fewer index terms than this is searched together with the one before it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how.

    ``history`` None takes the session's memory; a caller that keeps the conversation itself gives
    the turns. ``sampling`` None takes the release's.
    """

    text: str
    environment: str
    session: str = ""
    history: tuple[memory.Turn, ...] | None = None
    instructions: str = ""
    sampling: Sampling | None = None
    overrides: Mapping[str, float] = field(default_factory=dict)
    """Sampling fields by name that replace the release's: ``{"temperature": 0.7}``."""
    seed: int | None = None
    """Replaces the seed alone; a replay gives the one that was drawn."""
    cache: bool = True
    id: str = ""
    """The decision's id, where it must be known before the answer; empty draws one."""
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that is not recorded yet."""

    decision: Decision
    turns: tuple[memory.Turn, ...]
    passages: tuple[Chunk, ...]
    cache_key: str
    """Where the answer may be cached; empty when it may not."""
    error: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What retrieval found for a question at a cut."""

    hits: tuple[Hit, ...]
    passages: tuple[Chunk, ...]
    ratings: tuple[str, ...]
    digest: str
    findings: tuple[GuardFinding, ...]


def check(question: Question) -> None:
    """Raises ``UsageError`` or ``LimitError`` for a question that cannot be worked on."""
    memory.check_session(question.session)
    if not question.text.strip():
        raise UsageError("the question is empty; ask something")
    if len(question.text) > MAX_QUESTION:
        raise LimitError(
            f"the question has {len(question.text)} characters; at most {MAX_QUESTION} are allowed"
        )


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
    with stages("memory"):
        turns = question.history
        if turns is None:
            turns = memory.recall(view, question.session, turns=runtime.retrieval.memory_turns)
    asked = runtime.guard.check(question.text, where="question")
    evidence = _retrieve(question, turns, runtime=runtime, view=view, search=search, stages=stages)
    sampling = _sampling(question, runtime)
    key, cached = _lookup(question, turns, evidence, runtime=runtime, view=view)
    answer = _Answer()
    if any(finding.action in (guard.BLOCK, guard.FALLBACK) for finding in asked):
        answer.replace(runtime.guard.fallback, BLOCKED)
        yield answer.text
    elif cached is not None:
        answer.recall(cached)
        yield answer.text
    else:
        yield from _generate(
            question,
            turns,
            evidence,
            sampling,
            runtime=runtime,
            stages=stages,
            answer=answer,
            stream=stream,
        )
    stamp = Stamp(
        release=runtime.release.digest,
        components=dict(runtime.release.components),
        timeline=view.cut.timeline,
        tick=view.cut.tick,
        corpus=search.corpus(view.cut),
        space=search.identity(view.cut),
        hits=evidence.hits,
        used=len(evidence.passages),
        evidence=evidence.digest,
        ratings=evidence.ratings,
        prompts=tuple(answer.steps),
        sampling=_sampling_json(sampling),
        cache=cached.ref if cached else None,
        memory=tuple(turn.ref for turn in turns if turn.ref),
        findings=(*asked, *evidence.findings, *answer.findings),
        latency=stages.seconds(),
        cost=0.0 if runtime.model.identity["kind"] == "extractive" else None,
        missing=_missing(answer, sampling=sampling, deterministic=runtime.model.deterministic),
    )
    decision = Decision(
        id=question.id or new_id("d", at=started),
        at=started,
        environment=question.environment,
        session=question.session,
        question=question.text,
        answer=answer.text,
        status=answer.status,
        stamp=stamp,
        error=str(answer.error or ""),
        error_code=answer.error.code if answer.error else "",
        metadata=_given(question),
    )
    cacheable = answer.status == ANSWERED and cached is None
    yield Draft(decision, turns, evidence.passages, key if cacheable else "", answer.error)


@dataclass(slots=True)
class _Answer:
    """An answer under way."""

    text: str = ""
    status: str = ANSWERED
    steps: list[PromptStep] = field(default_factory=list)
    findings: tuple[GuardFinding, ...] = ()
    error: ProviderError | None = None

    def replace(self, text: str, status: str) -> None:
        self.text, self.status = text, status

    def recall(self, cached: Entry) -> None:
        self.text = cached.value["answer"]
        self.steps = [PromptStep(**step) for step in cached.value["prompts"]]
        self.findings = tuple(GuardFinding(**finding) for finding in cached.value["findings"])


def _retrieve(
    question: Question,
    turns: tuple[memory.Turn, ...],
    *,
    runtime: Runtime,
    view: View,
    search: CorpusSearch,
    stages: Stages,
) -> Evidence:
    if search.space != runtime.space:
        raise EmbedderMismatchError(
            f"the release embeds with {runtime.space.embedder[:12]!r}, the column was made by "
            f"{search.space.embedder[:12]!r}; run 'holdfast ingest' and deploy again"
        )
    settings = runtime.retrieval
    text = search_text(question.text, turns)
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
        findings: list[GuardFinding] = []
        passages: list[Chunk] = []
        for chunk in chunks:
            marks = runtime.guard.check(chunk.text, where="passage")
            findings += marks
            if not any(mark.action == guard.BLOCK for mark in marks):
                passages.append(chunk)
        kept = {chunk.id for chunk in passages}
        ordered = (
            *(hit for hit in hits if hit.chunk in kept),
            *(hit for hit in hits if hit.chunk not in kept),
        )
    evidence = cache.evidence_digest([chunk.id for chunk in passages])
    return Evidence(ordered, tuple(passages), tuple(refs), evidence, tuple(findings))


def search_text(question: str, turns: tuple[memory.Turn, ...]) -> str:
    """What is searched for: the question, with the one before it when it is a short follow-up."""
    from_before = turns and len(cache.question_key(question).split()) < FOLLOW_UP_TERMS
    return f"{turns[-1].question}\n{question}" if from_before else question


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
            _sampling_json(_asked_sampling(question, runtime)),
        ]
    )
    key = cache.cache_key(
        runtime.release.digest,
        evidence=evidence.digest,
        history=history,
        question=question.text,
    )
    return key, view.get("cache", key)


def _generate(
    question: Question,
    turns: tuple[memory.Turn, ...],
    evidence: Evidence,
    sampling: Sampling,
    *,
    runtime: Runtime,
    stages: Stages,
    answer: _Answer,
    stream: bool,
) -> Iterator[str]:
    values: dict[str, Any] = {
        "question": question.text,
        "passages": evidence.passages,
        "history": turns,
        "instructions": question.instructions,
    }
    shown = guard.GuardedStream(runtime.guard)
    last = runtime.prompts[-1]
    try:
        for template in runtime.prompts:
            with stages("prompt"):
                messages = prompt.render(template, values)
            streamed = stream and template is last
            with stages("generate"):
                pieces = generate.generate_step(
                    runtime.model,
                    messages,
                    sampling=sampling,
                    attempts=runtime.attempts,
                    stream=streamed,
                )
                for piece in pieces:
                    if not isinstance(piece, str):
                        values[template.name] = piece.text
                        answer.steps.append(_step(template.name, messages, sampling, piece))
                    elif streamed:
                        safe = shown.feed(piece)
                        if safe:
                            yield safe
    except ProviderError as error:
        answer.error = error
        answer.replace(shown.text, FAILED)
        return
    with stages("guard"):
        outcome = runtime.guard.apply(values[last.name])
    answer.findings = tuple(outcome.findings)
    answer.replace(outcome.text, BLOCKED if outcome.replaced else ANSWERED)
    rest = shown.close(outcome)
    if rest:
        yield rest


def _step(
    name: str, messages: tuple[Message, ...], sampling: Sampling, generation: Generation
) -> PromptStep:
    usage = generation.usage
    return PromptStep(
        name=name,
        rendered=prompt.rendered_digest(messages),
        output=digest(generation.text),
        model=generation.model,
        fingerprint=generation.fingerprint,
        seed=sampling.seed,
        input_tokens=usage.input if usage else None,
        output_tokens=usage.output if usage else None,
        cached_tokens=usage.cached if usage else None,
        finish_reason=generation.finish_reason,
    )


def _asked_sampling(question: Question, runtime: Runtime) -> Sampling:
    values = {**asdict(question.sampling or runtime.sampling), **question.overrides}
    return Sampling(**values)


def _sampling(question: Question, runtime: Runtime) -> Sampling:
    sampling = _asked_sampling(question, runtime)
    if question.seed is not None:
        return replace(sampling, seed=question.seed)
    if sampling.seed == -1:
        return replace(sampling, seed=secrets.randbelow(2**31))
    return sampling


def _sampling_json(sampling: Sampling) -> dict[str, Any]:
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }


def _missing(answer: _Answer, *, sampling: Sampling, deterministic: bool) -> tuple[str, ...]:
    missing: list[str] = []
    if any(step.fingerprint is None for step in answer.steps):
        missing.append("model fingerprint")
    if any(step.input_tokens is None for step in answer.steps):
        missing.append("token usage")
    if sampling.seed is None:
        missing.append("seed")
    if answer.steps and not deterministic:
        missing.append("determinism of the model")
    if answer.error is not None:
        missing.append("answer")
    return tuple(missing)


def _given(question: Question) -> dict[str, Any]:
    """What the caller gave beside the question; a replay gives it again."""
    given: dict[str, Any] = dict(question.metadata)
    if question.history is not None:
        given["history"] = [[turn.question, turn.answer] for turn in question.history]
    if question.sampling is not None or question.overrides:
        given["sampling"] = True
    if question.instructions:
        given["instructions"] = question.instructions
    if not question.cache:
        given["cache"] = False
    return given
