"""Find the event that changed behaviour between a good and a bad moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

from holdfast.domain.dataset import Case
from holdfast.domain.digest import JsonObject, digest, short
from holdfast.domain.event import Commit, Entry, Event
from holdfast.domain.moment import Cut
from holdfast.errors import UsageError
from holdfast.evaluation import run as runs
from holdfast.evaluation.run import Run
from holdfast.evaluation.suite import Suite
from holdfast.operations.journal import Journal
from holdfast.operations.recover.isolate import BAD, halve, isolate
from holdfast.operations.recover.trial import Place, Scale, State, Tester, Trial, scale_of, trial
from holdfast.operations.rollback import parting
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime
from holdfast.ports.ledger import Query
from holdfast.store.lake.corpus import STATE
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog
from holdfast.store.releases.diff import diff

KIND = "bisect"
STORES = ("documents", "ratings", "releases", "corpus")
"""Stores that decide an answer to a question that is asked out of nowhere."""


@dataclass(frozen=True, slots=True)
class Search:
    """Between which moments, on which questions; ``run`` names it, so that it can go on."""

    good: str
    bad: str
    suite: Suite
    cases: tuple[Case, ...]
    run: str


@dataclass(frozen=True, slots=True)
class Culprit:
    """An event that changed behaviour, or the part of a release that did."""

    event: str
    store: str
    key: str
    before: str
    """Digest of what was there before, empty if nothing was."""
    after: str
    components: tuple[str, ...]
    """Of a release: the components that make the difference, with what changed in them."""
    tick: int
    at: int
    operation: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bisection:
    """What was found, and what it took."""

    run: str
    environment: str
    good: Cut
    bad: Cut
    questions: int
    """Questions that tell the ends apart."""
    changes: int
    """Changes that could have done it."""
    events: int
    """Events in them."""
    evaluations: int
    """States that questions were asked at, the two ends with them."""
    answers: int
    """Answers that this call asked for; the others were kept from before."""
    trials: tuple[Trial, ...]
    culprits: tuple[Culprit, ...]
    """One, unless several can only be told apart by answers that nobody gave."""
    alone: bool | None
    """Whether the culprit alone makes it bad; None where it was the only one in its change."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that could have done it, with its events that decide answers."""

    commit: Commit
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class _Trail:
    """A bisection under way."""

    tester: Tester
    scale: Scale
    tell: Callable[[Trial], None]
    trials: list[Trial] = field(default_factory=list)

    def test(self, state: State) -> str:
        found = trial(self.tester, state, scale=self.scale)
        self.trials.append(found)
        self.tell(found)
        return found.verdict


def bisect(
    system: System,
    environment: str,
    *,
    search: Search,
    runtimes: Callable[[str], Runtime],
    tell: Callable[[Trial], None] = lambda _: None,
) -> Bisection:
    """Halve over the changes between two moments, then look into the one that did it.

    Each answer is kept on the ledger before it counts; under the same ``run`` the search goes on
    where it stopped. Raises ``UsageError`` when the moments do not lie on one line, when nothing
    between them could have changed an answer, or when the answers at both are alike.
    """
    good, bad, known = _begin(system, environment, search)
    changes = _changes(system, good, bad)
    if not changes:
        raise UsageError(
            f"nothing that decides answers was written between {good} and {bad}; give other moments"
        )
    place = Place(environment, bad.timeline, known.id)
    tester = Tester(system, runtimes, place, replace(search.suite, seed=known.seed))
    ends = (State(good.tick), State(bad.tick))
    steady = all(_steady(tester, state) for state in ends)
    _keep(system, known)
    scale = scale_of(tester, search.cases, ends=ends, steady=steady)
    if scale is None:
        raise UsageError(
            f"the ends do not differ: of {len(search.cases)} asked, none is answered worse at "
            f"{bad} than at {good}; give other moments or questions"
        )
    trail = _Trail(tester, scale, tell)
    ticks = [good.tick, *(change.commit.tick for change in changes[:-1]), bad.tick]
    low, high = halve(
        [len(change.entries) for change in changes],
        lambda n: trail.test(State(ticks[n])),
    )
    culprits, alone = _inside(system, trail, changes[low:high], before=ticks[low])
    return Bisection(
        known.id,
        environment,
        good,
        bad,
        scale.telling,
        len(changes),
        sum(len(change.entries) for change in changes),
        tester.evaluations,
        tester.asked,
        tuple(trail.trials),
        culprits,
        alone,
    )


def _begin(system: System, environment: str, search: Search) -> tuple[Cut, Cut, Run]:
    """The ends and the run; one that is there keeps the moments that it began with."""
    name = runs.check_id(search.run)
    cases = [case.json() for case in search.cases]
    known = runs.find(name, ledger=system.ledger)
    if known is not None:
        if known.subject.get("kind") != KIND or known.digest != digest(cases):
            raise UsageError(f"run {name!r} is there and asks other questions; give another --run")
        return Cut(**known.subject["good"]), Cut(**known.subject["bad"]), known
    good, bad = (system.cut(environment, moment) for moment in (search.good, search.bad))
    if good.tick >= bad.tick and good.timeline == bad.timeline:
        raise UsageError(
            f"the good moment {search.good!r} ({good}) is not before the bad one {search.bad!r} "
            f"({bad}); swap them or give others"
        )
    if parting(system, bad, cut=good) < good.tick:
        raise UsageError(
            f"{search.good!r} ({good}) is not on the way to {search.bad!r} ({bad}): they parted at "
            f"@{parting(system, bad, cut=good)}; give that as the good moment, or one before it"
        )
    ends = {
        end: {"timeline": cut.timeline, "tick": cut.tick}
        for end, cut in (("good", good), ("bad", bad))
    }
    subject: JsonObject = {"kind": KIND, "environment": environment, **ends, "cases": cases}
    suite = search.suite
    run = Run(name, suite.name, "", digest(cases), "", subject, 1, suite.seed, len(cases))
    return good, bad, run


def _keep(system: System, run: Run) -> None:
    """Begin a run on the ledger, unless it has begun."""
    if runs.find(run.id, ledger=system.ledger) is None:
        value = {key: getattr(run, key) for key in Run.__dataclass_fields__ if key != "id"}
        journal = Journal(system, run.subject["environment"], KIND, f"run:{run.id}")
        journal.write([Event(runs.STORE, run.id, value)])


def _changes(system: System, good: Cut, bad: Cut) -> list[_Change]:
    """The changes between the ends that could change an answer, oldest first."""
    found = [
        pair
        for store in STORES
        for pair in system.ledger.history(Query(store, within=bad, after=good.tick))
        if _decides(pair[1])
    ]
    found.sort(key=lambda pair: pair[1].id)
    return [
        _Change(commit, tuple(entry for _, entry in pairs))
        for commit, pairs in groupby(found, key=lambda pair: pair[0])
    ]


def _decides(entry: Entry) -> bool:
    if entry.store == "releases":
        return entry.key == catalog.DEPLOYED
    return entry.store != "corpus" or entry.key != STATE


def _steady(tester: Tester, state: State) -> bool:
    """Whether the same question is always answered alike there."""
    view = View(tester.system.ledger, Cut(tester.place.timeline, state.tick))
    runtime = tester.runtime(state, view)
    return runtime.model.deterministic and runtime.sampling.temperature == 0


def _inside(
    system: System, trail: _Trail, changes: Sequence[_Change], *, before: int
) -> tuple[tuple[Culprit, ...], bool | None]:
    """Which of the events of a change did it; of several changes when none in between could say."""
    entries = [(change.commit, entry) for change in changes for entry in change.entries]
    tick = changes[-1].commit.tick
    ids = [entry.id for _, entry in entries]

    def state(some: frozenset[int]) -> State:
        return State(tick, frozenset(ids[n] for n in range(len(ids)) if n not in some))

    alone: bool | None = None
    left: tuple[int, ...] = (0,)
    if len(entries) > 1:
        found = isolate(len(entries), lambda some: trail.test(state(some)))
        left = found.difference
        alone = not found.good or trail.test(state(frozenset(left))) == BAD
    culprits = tuple(
        _culprit(system, trail, *entries[n], before=before, state=state(frozenset(range(len(ids)))))
        for n in left
    )
    return culprits, alone


def _culprit(
    system: System, trail: _Trail, commit: Commit, entry: Entry, *, before: int, state: State
) -> Culprit:
    timeline = trail.tester.place.timeline
    (old,) = system.ledger.read([(entry.store, entry.key)], Cut(timeline, before))
    components: tuple[str, ...] = ()
    if entry.store == "releases" and old is not None and entry.value is not None:
        components = _components(system, trail, old=_name(old), new=_name(entry), state=state)
    return Culprit(
        str(entry.id),
        entry.store,
        entry.key,
        _name(old),
        _name(entry),
        components,
        commit.tick,
        commit.at,
        commit.operation,
        commit.actor,
        commit.reason,
    )


def _components(
    system: System, trail: _Trail, *, old: str, new: str, state: State
) -> tuple[str, ...]:
    """Which of the components that two releases differ in makes the difference."""
    parts = [catalog.components(name, blobs=system.blobs) for name in (old, new)]
    told = {one.component: one for one in diff(parts[0], parts[1])}
    # Documents are prepared for both together.
    space = {"embedder", "preprocessing"} & told.keys()
    groups = [frozenset({name}) for name in told if name not in space]
    groups += [frozenset(space)] if space else []
    left: Sequence[int] = range(len(groups))
    if len(groups) > 1:
        mixed = partial(_mixed, state, groups, old)
        left = isolate(len(groups), lambda some: trail.test(mixed(some))).difference
    return tuple(sorted(name for n in left for name in groups[n]))


def _mixed(state: State, groups: Sequence[frozenset[str]], old: str, some: frozenset[int]) -> State:
    older = frozenset(name for n, group in enumerate(groups) if n not in some for name in group)
    return replace(state, older=older, before=old)


def _name(entry: Entry | None) -> str:
    """What an event puts in place, by digest where it has one."""
    value: Any = entry.value if entry is not None else None
    if isinstance(value, dict):
        return str(value.get("document") or value.get("release") or digest(value))
    return "" if value is None else str(value)


def describe(culprit: Culprit) -> str:
    """One line for people."""
    what = {
        "documents": f"document {culprit.key}",
        "ratings": f"feedback of {culprit.key.rpartition('/')[2]}",
        "releases": f"release {short(culprit.after)}",
    }.get(culprit.store, f"{culprit.store} {culprit.key}")
    parts = f", its {' and '.join(culprit.components)}" if culprit.components else ""
    verb = "changed" if culprit.before and culprit.after else "came" if culprit.after else "went"
    return f"{what}{parts} {verb} at {culprit.event} ({culprit.operation} by {culprit.actor})"
