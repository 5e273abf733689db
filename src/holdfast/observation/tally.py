"""Count a canary's conversations, each once and for good, as the ledger knew it by then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from holdfast.domain.event import Commit, Entry
from holdfast.domain.moment import Cut
from holdfast.domain.rollout import BASELINE, CANDIDATE, Arm, Canary
from holdfast.errors import SettingsError
from holdfast.observation.columns import key
from holdfast.observation.duration import SECOND
from holdfast.observation.fact import TOTAL, Fact, Paths, read
from holdfast.observation.follow import learned
from holdfast.observation.measure import Measure, measure
from holdfast.observation.outcome import outcomes
from holdfast.observation.rollup.shelf import Shelf
from holdfast.observation.tallied import Counted, Tallied
from holdfast.ports.ledger import Ledger, Query
from holdfast.statistics.arms import TwoArmTest

LATER = ("feedback", "assessments", "labels")
HALF = 0.5


@dataclass(slots=True)
class ArmCount:
    """What an arm has answered. Averages are over decisions, ``good`` over conversations."""

    arm: Arm
    conversations: int = 0
    good: float = 0.0
    """Sum over conversations of the share of good answers."""
    decisions: int = 0
    seconds: float = 0.0
    cost: float = 0.0


@dataclass(slots=True)
class _Conversation:
    """One that is not counted yet."""

    arm: Arm
    until: int
    """Nothing counts that the ledger learns later."""
    tick: int
    """Where it begins on the ledger."""
    facts: dict[str, Fact] = field(default_factory=dict)


class Tally:
    """Reads what was added since it read last, and feeds the test.

    A conversation is a session, else a user, else one decision: what keeps its arm. It is counted
    once, when the terms' time has passed since its first answer, as the share of its answers that
    were good by all that was known then. So conversations are independent of each other, values
    never change after they were counted, and whoever counts again gets the same. With a ``shelf``
    those that were counted are kept, and only the others are read from the ledger.
    """

    def __init__(
        self, ledger: Ledger, canary: Canary, *, timeline: int, shelf: Shelf | None = None
    ) -> None:
        self.canary = canary
        self.timeline = timeline
        terms = canary.terms
        self.test = TwoArmTest(terms.margin, harm=0.0, confidence=terms.confidence)
        self.arms: dict[Arm, ArmCount] = {arm: ArmCount(arm) for arm in (BASELINE, CANDIDATE)}
        self._measures = measures(terms.measures)
        self._ledger = ledger
        self._paths = Paths(ledger)
        self._tick = 0
        self._open: dict[str, _Conversation] = {}
        self._of: dict[str, str] = {}
        self._counted: set[int] = set()
        self._closed: list[Counted] = []
        self._kept = (
            None if shelf is None else Tallied(ledger, shelf, canary=canary, timeline=timeline)
        )
        if self._kept is not None:
            self._tick, known = self._kept.load()
            self._count(known)

    @property
    def waiting(self) -> int:
        """Conversations that are not counted yet."""
        return len(self._open)

    def read(self, cut: Cut, *, now: int) -> None:
        """Take what a cut shows; ``now`` is a time before the cut was looked up."""
        for store in ("decisions", *LATER):
            query = Query(
                store=store,
                within=cut,
                after=self._tick,
                until=cut.tick,
                since=None if self._tick else self.canary.since,
            )
            for commit, entry in self._ledger.history(query):
                self._take(store, commit, entry)
        self._tick = cut.tick
        due = [name for name, one in self._open.items() if one.until < now]
        self._count([self._close(name) for name in due])
        if self._kept is not None:
            # What is not counted yet has to be read again, from its beginning on.
            first = min((one.tick for one in self._open.values()), default=cut.tick + 1)
            self._kept.save(first - 1, self._closed)

    def _count(self, done: Sequence[Counted]) -> None:
        """Add conversations to their arms, and feed the test."""
        self._closed += done
        self._counted |= {one.name for one in done}
        for one in done:
            count = self.arms[one.arm]
            count.conversations += 1
            count.good += one.good
            count.decisions += one.decisions
            count.seconds += one.seconds
            count.cost += one.cost
        for arm in self.arms:
            values = [one.good for one in done if one.arm == arm]
            if values:
                self.test.extend(values, arm=arm)

    def _take(self, store: str, commit: Commit, entry: Entry) -> None:
        if store == "decisions":
            if entry.value is not None and entry.value["stamp"].get("canary") == self.canary.id:
                self._add(entry.value, commit)
            return
        decision, _, name = entry.key.partition("/")
        one = self._open.get(self._of.get(decision, ""))
        if one is not None and decision in one.facts and commit.at <= one.until:
            fact = one.facts[decision]
            one.facts[decision] = learned(fact, store, name=name, value=entry.value)

    def _add(self, value: dict[str, Any], commit: Commit) -> None:
        name = value["session"] or str(value["metadata"].get("user", "")) or value["id"]
        if key(name) in self._counted:
            return
        if name not in self._open:
            arm = cast(Arm, value["stamp"]["arm"])
            until = commit.at + round(self.canary.terms.settle_seconds * SECOND)
            self._open[name] = _Conversation(arm, until, commit.tick)
        one = self._open[name]
        if commit.at <= one.until:
            one.facts[value["id"]] = read(value, paths=self._paths)
            self._of[value["id"]] = name

    def _close(self, name: str) -> Counted:
        one = self._open.pop(name)
        next_ = outcomes(one.facts.values())
        facts = [replace(fact, outcome=next_[decision]) for decision, fact in one.facts.items()]
        for decision in one.facts:
            del self._of[decision]
        share = sum(good(fact, self._measures) for fact in facts) / len(facts)
        seconds = sum(fact.latency.get(TOTAL, 0.0) for fact in facts)
        cost = sum(fact.cost or 0.0 for fact in facts)
        return Counted(key(name), one.arm, share, len(facts), seconds, cost)


def measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """The measures of these names. Raises ``SettingsError`` for one that is no yes or no."""
    found = tuple(map(measure, names))
    for one in found:
        if one.good is None or one.unit:
            raise SettingsError(
                f"canary.measures: {one.name!r} says nothing of good or bad by itself; take "
                "measures that are yes or no, like 'policy', 'resolved' or 'grounded'"
            )
    return found


def good(fact: Fact, by: Iterable[Measure]) -> bool:
    """Whether no measure says that a decision was bad; what says nothing does not count."""
    for one in by:
        value = one.of(fact)
        if value is not None and (value >= HALF) != (one.good == "higher"):
            return False
    return True
