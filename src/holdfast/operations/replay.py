"""Rebuild an answer from its stamp, stage by stage."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from holdfast.domain.decision import FENCED, Decision
from holdfast.domain.digest import digest, short
from holdfast.domain.version import VERSION
from holdfast.domain.withheld import check_text
from holdfast.operations.find import decision as find_decision
from holdfast.operations.keep import ASKED, Keeper
from holdfast.operations.system import System
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.pipeline.run import Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.ports.ledger import Query
from holdfast.ports.model import Sampling
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

DIGEST = re.compile(r"[0-9a-f]{64}")
FEW = 4
"""Names up to which a list is told by naming them."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a replay: identical, or how it differs."""

    name: str
    identical: bool
    detail: str = ""
    comparable: bool = True
    """Whether what was recorded can be held against the repetition at all."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision beside its repetition."""

    decision: str
    complete: bool
    missing: tuple[str, ...]
    identical: bool
    stages: tuple[Stage, ...]
    recorded: str
    replayed: str


def replay(system: System, name: str, *, runtimes: Callable[[str], Runtime]) -> Replay:
    """Work on the question again at the recorded cut, with the recorded release, and compare.

    Nothing is recorded. Raises ``NotFoundError`` for an unknown decision, ``StateError``
    for one whose text is not there.
    """
    decision = find_decision(name, ledger=system.ledger)
    again = _again(system, decision, runtimes=runtimes)
    keeper = Keeper.of(system.settings.privacy)
    if decision.redacted.get("answer"):
        again = replace(again, answer=keeper.redacted(again.answer))
    compared = _compare(decision, again, code=_code(system, decision))
    stages = tuple(_honest(compared, lost=_lost(system, decision)))
    return Replay(
        decision.id,
        decision.stamp.complete,
        decision.stamp.missing,
        all(stage.identical for stage in stages),
        stages,
        decision.answer,
        again.answer,
    )


FREE = ("code", "release", "corpus", "index", "feedback", "sampling")
"""Stages that rest on no words of the question or of the conversation."""


def _honest(stages: Sequence[Stage], *, lost: str) -> Iterator[Stage]:
    """Stages, with those that rest on what is not there any more marked as such."""
    for stage in stages:
        if not lost or stage.name in FREE:
            yield stage
        else:
            yield Stage(stage.name, identical=False, detail=lost, comparable=False)


def _lost(system: System, decision: Decision) -> str:
    """Why a question cannot be put again as it was put; empty: it can."""
    taken = [decision.redacted[field] for field in ASKED if field in decision.redacted]
    if taken:
        kinds = sum(map(Counter, taken), Counter[str]())
        told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        return f"not compared: {told} redacted from what was asked"
    stamp = decision.stamp
    for ref in (*stamp.memory, *([stamp.cache] if stamp.cache else [])):
        tick = int(ref.removeprefix("event:@").split(".")[0])
        for _, entry in system.ledger.history(Query(after=tick - 1, until=tick)):
            if entry.ref == ref and entry.erased is not None:
                return f"not compared: {ref} was erased ({entry.erased.request})"
    return ""


def _again(system: System, decision: Decision, *, runtimes: Callable[[str], Runtime]) -> Decision:
    stamp = decision.stamp
    runtime = runtimes(stamp.release)
    pieces = run(
        question_of(decision),
        runtime=runtime,
        view=View(system.ledger, stamp.cut),
        search=system.search(runtime.space),
        clock=system.clock,
    )
    return next(piece.decision for piece in pieces if isinstance(piece, Draft))


def question_of(decision: Decision) -> Question:
    """The question as it was put, from the decision alone.

    Raises ``StateError`` when its text is not there.
    """
    check_text(decision, what="there is no question to ask again; 'holdfast show' has its stamp")
    given = dict(decision.metadata)
    turns = given.pop("history", None)
    sampling = Sampling(**decision.stamp.sampling)
    return Question(
        text=decision.question,
        environment=decision.environment,
        session=decision.session,
        history=None if turns is None else tuple(Turn(q, a) for q, a in turns),
        instructions=given.pop("instructions", ""),
        sampling=sampling if given.pop("sampling", False) else None,
        seed=sampling.seed,
        cache=given.pop("cache", True),
        withheld=given.pop("withheld", ""),
        metadata=given,
    )


def _code(system: System, decision: Decision) -> str:
    components = catalog.components(decision.stamp.release, blobs=system.blobs)
    version: str = components["code"]["holdfast"]
    return version


def _compare(was: Decision, now: Decision, *, code: str) -> list[Stage]:
    old, new = was.stamp, now.stamp
    return [
        _same("code", code, VERSION),
        _same("release", old.release, new.release),
        _same("corpus", old.corpus, new.corpus),
        _same("index", old.space, new.space),
        _same("memory", old.memory, new.memory),
        _same("feedback", old.ratings, new.ratings),
        Stage("retrieval", _hits(was) == _hits(now), _hits_detail(was, now)),
        _same("cache", old.cache, new.cache),
        _same("sampling", old.sampling, new.sampling),
        *_prompts(was, now),
        _same(
            "guard",
            [asdict(finding) for finding in old.findings],
            [asdict(finding) for finding in new.findings],
        ),
        # A fenced decision is what it was but for where it could be recorded.
        _same("status", now.status if was.status == FENCED else was.status, now.status),
        Stage("answer", was.answer == now.answer, _text_detail(was.answer, now.answer)),
    ]


def _same(name: str, old: object, new: object) -> Stage:
    if old == new:
        return Stage(name, identical=True, detail=_brief(old))
    return Stage(name, identical=False, detail=f"was {_brief(old)}, is {_brief(new)}")


def _brief(value: object) -> str:
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return short(value)
    if isinstance(value, list | tuple):
        if all(isinstance(inner, str | None) for inner in value) and len(value) <= FEW:
            return ", ".join(map(_brief, value)) or "none"
        return f"{len(value)} of them"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_brief(inner)}" for key, inner in value.items())
    return "none" if value is None else str(value)


def _hits(decision: Decision) -> list[tuple[str, float]]:
    return [(hit.chunk, hit.score) for hit in decision.stamp.hits]


def _hits_detail(was: Decision, now: Decision) -> str:
    old, new = _hits(was), _hits(now)
    if old == new:
        return f"{len(old)} chunks with the same scores"
    gone = {chunk for chunk, _ in old} - {chunk for chunk, _ in new}
    came = {chunk for chunk, _ in new} - {chunk for chunk, _ in old}
    moved = f"{len(gone)} gone, {len(came)} new"
    return moved if gone or came else "the same chunks with other scores or in another order"


def _prompts(was: Decision, now: Decision) -> list[Stage]:
    old = {step.name: step for step in was.stamp.prompts}
    new = {step.name: step for step in now.stamp.prompts}
    stages: list[Stage] = []
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name), new.get(name)
        stages += [
            _same(f"prompt {name}", a.rendered if a else None, b.rendered if b else None),
            _same(
                f"model {name}",
                (a.model, a.fingerprint) if a else None,
                (b.model, b.fingerprint) if b else None,
            ),
            _same(f"output {name}", a.output if a else None, b.output if b else None),
        ]
    return stages


def _text_detail(old: str, new: str) -> str:
    if old == new:
        return f"{len(old.encode())} bytes, sha256 {short(digest(old))}"
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), "recorded", "replayed", lineterm="", n=0
    )
    return "\n".join(lines)
