"""What an answer rests on: leave each thing out, answer again, and see what changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from holdfast.domain.decision import Decision
from holdfast.domain.digest import short
from holdfast.domain.moment import EventId
from holdfast.errors import SettingsError, StateError
from holdfast.operations import find
from holdfast.operations.build import assemble
from holdfast.operations.replay import question_of
from holdfast.operations.system import System
from holdfast.pipeline.guard import Guard, parse_policies
from holdfast.pipeline.prompt import MARKER, parse
from holdfast.pipeline.question import Question
from holdfast.pipeline.run import Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.ports.ledger import Query
from holdfast.store.lake.terms import terms
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog
from holdfast.store.releases.diff import diff

DOCUMENT, FEEDBACK, MEMORY, PROMPT, COMPONENT = (
    "document",
    "feedback",
    "memory",
    "prompt line",
    "component",
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that was left out, and what the answer was without it."""

    kind: str
    name: str
    ref: str
    """A reference or event to look further with; empty where there is none."""
    effect: float
    """0: the answer was the same; 1: no word of it was left."""
    changed: bool
    lost: tuple[str, ...]
    """Sentences of the answer that were not said any more."""
    answer: str


@dataclass(frozen=True, slots=True)
class Blame:
    """A decision with everything that was left out, what matters most first."""

    decision: str
    question: str
    answer: str
    """As it was given again for this; every effect is measured against it."""
    same: bool
    """Whether that is what was recorded. If not, the model does not repeat itself, and small
    effects say little."""
    effects: tuple[Effect, ...]
    answers: int
    """How many answers it took."""


@dataclass(frozen=True, slots=True)
class _Without:
    """One thing to leave out: events, turns of the conversation, or a part of the release."""

    kind: str
    name: str
    ref: str = ""
    events: frozenset[EventId] = frozenset()
    question: Question | None = None
    runtime: Runtime | None = None


class _Bench:
    """A decision's cut, at which it is answered again; nothing is recorded."""

    def __init__(
        self, system: System, decision: Decision, runtimes: Callable[[str], Runtime]
    ) -> None:
        self.system = system
        self.decision = decision
        self.runtime = runtimes(decision.stamp.release)
        # An answer from the cache would hide what its making rested on.
        self.question = replace(question_of(decision), cache=False)
        self.view = View(system.ledger, decision.stamp.cut)
        self.answers = 0

    def answer(
        self,
        hidden: Collection[EventId] = (),
        *,
        question: Question | None = None,
        runtime: Runtime | None = None,
    ) -> str:
        self.answers += 1
        ready = runtime or self.runtime
        with self.system.masks.masked(self.view.cut, hidden) as cut:
            pieces = run(
                question or self.question,
                runtime=ready,
                view=View(self.system.ledger, cut),
                search=self.system.search(ready.space),
                clock=self.system.clock,
            )
            draft = next(piece for piece in pieces if isinstance(piece, Draft))
        if draft.error is not None:
            raise draft.error
        return draft.decision.answer


def blame(system: System, name: str, *, runtimes: Callable[[str], Runtime]) -> Blame:
    """Leave out every document, feedback, turn, prompt line and changed component in turn.

    Answers as often as there are such things, at the recorded cut, and records nothing. Feedback
    is first left out together, and one by one only where that changes anything. Raises
    ``NotFoundError`` for an unknown decision, ``ProviderError`` when the provider fails.
    """
    decision = find.decision(name, ledger=system.ledger)
    bench = _Bench(system, decision, runtimes)
    whole = bench.answer()
    effects = [
        _effect(whole, one, bench.answer(one.events, question=one.question, runtime=one.runtime))
        for one in (
            *_documents(bench),
            *_feedback(bench, whole),
            *_turns(bench),
            *_lines(bench),
            *_parts(bench),
        )
    ]
    ranked = sorted(effects, key=lambda one: (-one.effect, not one.changed, one.kind, one.name))
    return Blame(
        decision.id,
        decision.question,
        whole,
        whole == decision.answer,
        tuple(ranked),
        bench.answers,
    )


def distance(one: str, other: str) -> float:
    """How different two texts are: 0 for the same words, 1 when they share none.

    >>> distance("Boots cost 90 euros.", "Boots cost 70 euros."), distance("Yes.", "Yes!")
    (0.4, 0.0)
    """
    a, b = set(terms(one)), set(terms(other))
    return round(1 - len(a & b) / len(a | b), 4) if a | b else 0.0


def _effect(whole: str, one: _Without, now: str) -> Effect:
    said = [" ".join(terms_of) for terms_of in map(_key, SENTENCE.split(now))]
    lost = tuple(
        sentence
        for sentence in SENTENCE.split(whole)
        if sentence.strip() and " ".join(_key(sentence)) not in said
    )
    return Effect(one.kind, one.name, one.ref, distance(whole, now), now != whole, lost, now)


def _key(sentence: str) -> list[str]:
    return [str(term) for term in terms(sentence)]


def _documents(bench: _Bench) -> Iterator[_Without]:
    """The documents that were in the prompt, each wherever it was live."""
    stamp = bench.decision.stamp
    ledger = bench.system.ledger
    for name in dict.fromkeys(hit.document for hit in stamp.hits[: stamp.used]):
        links = ledger.links(sources=[f"document:{name}"])
        paths = sorted({link.key for link in links if link.store == "documents"})
        events = frozenset(
            entry.id
            for path in paths
            for _, entry in ledger.history(Query("documents", path, within=stamp.cut))
            if entry.value is not None and entry.value["document"] == name
        )
        yield _Without(DOCUMENT, ", ".join(paths), f"document:{name}", events)


def _feedback(bench: _Bench, whole: str) -> Iterator[_Without]:
    """The ratings that moved the ranking, by the decision that they were given to."""
    refs = bench.decision.stamp.ratings
    events = [_event(ref) for ref in refs]
    if not events or bench.answer(frozenset(events)) == whole:
        return
    given: dict[str, set[EventId]] = {}
    for event in events:
        for _, entry in bench.system.ledger.history(
            Query("ratings", after=event.tick - 1, until=event.tick)
        ):
            if entry.id == event:
                given.setdefault(entry.key.rpartition("/")[2], set()).add(event)
    yield _Without(FEEDBACK, f"all {len(given)} of them", "", frozenset(events))
    for decision, own in given.items():
        yield _Without(FEEDBACK, decision, f"decision:{decision}", frozenset(own))


def _turns(bench: _Bench) -> Iterator[_Without]:
    """The turns of the conversation that were in the prompt, remembered or given."""
    for ref in bench.decision.stamp.memory:
        event = _event(ref)
        query = Query("memory", after=event.tick - 1, until=event.tick)
        told = [entry for _, entry in bench.system.ledger.history(query) if entry.id == event]
        name = str(told[0].value["question"]) if told and told[0].value else ref
        yield _Without(MEMORY, name, ref, frozenset({event}))
    turns = bench.question.history or ()
    for number, turn in enumerate(turns):
        fewer = (*turns[:number], *turns[number + 1 :])
        yield _Without(MEMORY, turn.question, question=replace(bench.question, history=fewer))


def _lines(bench: _Bench) -> Iterator[_Without]:
    """The lines of the prompts, as far as a prompt is one without them."""
    for position, template in enumerate(bench.runtime.prompts):
        lines = template.text.splitlines()
        for number, line in enumerate(lines):
            if not line.strip() or MARKER.fullmatch(line):
                continue
            text = "\n".join((*lines[:number], *lines[number + 1 :]))
            try:
                shorter = parse(template.name, text)
            except SettingsError:
                continue  # half of a loop or condition: it cannot be left out alone
            prompts = list(bench.runtime.prompts)
            prompts[position] = shorter
            yield _Without(
                PROMPT,
                f"{template.name}:{number + 1}: {line.strip()}",
                runtime=replace(bench.runtime, prompts=tuple(prompts)),
            )


def _parts(bench: _Bench) -> Iterator[_Without]:
    """The guard, and each component as it was in the release before, where it differs."""
    system, stamp = bench.system, bench.decision.stamp
    guard = catalog.components(stamp.release, blobs=system.blobs)["guard"]
    if guard["policies"].strip():
        none = Guard(parse_policies("", file="policies.toml"))
        yield _Without(COMPONENT, "guard, left out", runtime=replace(bench.runtime, guard=none))
    before = _before(bench)
    if before is None:
        return
    old, new = (catalog.components(name, blobs=system.blobs) for name in (before, stamp.release))
    told = [one.component for one in diff(old, new)]
    space = {"embedder", "preprocessing"} & set(told)
    groups = [{name} for name in told if name not in space] + ([space] if space else [])
    for group in groups:
        mixed = {name: (old if name in group else new)[name] for name in new}
        names = " and ".join(sorted(group))
        try:
            runtime = assemble(mixed, system=system)
        except StateError:
            continue  # an embedder that is not at hand any more
        yield _Without(
            COMPONENT,
            f"{names} as in {short(before)}",
            f"release:{before}",
            runtime=runtime,
        )


def _before(bench: _Bench) -> str | None:
    """The release that was deployed before the one that answered."""
    stamp = bench.decision.stamp
    query = Query("releases", catalog.DEPLOYED, within=stamp.cut, newest_first=True)
    for _, entry in bench.system.ledger.history(query):
        if entry.value is not None and entry.value["release"] != stamp.release:
            return str(entry.value["release"])
    return None


def _event(ref: str) -> EventId:
    tick, _, place = ref.removeprefix("event:@").partition(".")
    return EventId(int(tick), int(place))
