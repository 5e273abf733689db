"""A judge at work: its models, what they said before, its budget and its calibrations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Protocol, TypeAlias

from holdfast.domain.digest import JsonObject
from holdfast.domain.patience import Patience
from holdfast.domain.score import Sample
from holdfast.errors import JudgeDownError
from holdfast.evaluation.judge.ask import Member, address, ask
from holdfast.evaluation.judge.budget import Cost
from holdfast.evaluation.judge.calibration import Calibration
from holdfast.evaluation.judge.definition import Definition
from holdfast.evaluation.judge.prompt import ANSWER, PASSAGES
from holdfast.evaluation.judge.vote import Judgement, Vote, combine
from holdfast.ports.model import Message

Values: TypeAlias = Mapping[str, str | tuple[str, ...]]

GIVES_UP = 10
"""Votes in a row that a provider failed to give, after which a run stops."""
PROVIDER = "provider"
"""How the codes of a provider's failures begin."""
VOTE = {field.name for field in fields(Vote)}


class Memory(Protocol):
    """Answers that judges gave before, by the digest of all that they depend on."""

    def get(self, key: str) -> JsonObject | None: ...
    def keep(self, key: str, value: JsonObject) -> None: ...


class Forgetful:
    """Remembers nothing."""

    def get(self, key: str) -> JsonObject | None:
        return None

    def keep(self, key: str, value: JsonObject) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Spent:
    """What a judge was asked since it was opened: answers paid for, and remembered ones."""

    asked: int = 0
    remembered: int = 0
    failed: int = 0
    cost: Cost = field(default_factory=Cost)


@dataclass
class Panel:
    """Judges samples. Its verdict on one comes from every member, ``repeats`` times each.

    An answer that is in ``memory`` is not asked again, one that failed is. Raises ``BudgetError``
    when the budget does not allow the next question, and ``JudgeDownError`` when a provider fails
    again and again; either ends a run, and what was judged stays in the memory.
    """

    definition: Definition
    members: Sequence[Member]
    memory: Memory = field(default_factory=Forgetful)
    patience: Patience = field(default_factory=Patience)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    """By application."""
    spent: Spent = field(default_factory=Spent)
    told: Callable[[Spent], None] = lambda _: None
    """Is told after every vote."""
    _failing: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asking: dict[str, threading.Lock] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def threads(self) -> int:
        """How many samples it may be asked at once."""
        return self.definition.terms.threads

    def threshold(self, application: str = "") -> float:
        """The calibrated threshold of an application; the file's where there is none."""
        known = self.calibrations.get(application)
        return known.threshold if known else self.definition.terms.threshold

    def judge(self, sample: Sample, *, application: str = "", first: int = 0) -> Judgement:
        """What it says of a sample; ``first`` is the number of the first repeat."""
        votes = self.votes(values(sample), first=first)
        return self.combined(votes, application=application)

    def combined(self, votes: Sequence[Vote], *, application: str = "") -> Judgement:
        """The judgement that votes make at an application's threshold."""
        terms = self.definition.terms
        return combine(
            votes,
            threshold=self.threshold(application),
            majority=terms.combine == "majority",
            even=terms.kind != "score",
        )

    def votes(self, shown: Values, *, first: int = 0) -> tuple[Vote, ...]:
        """What every member says of a filled prompt, each as often as the judge repeats."""
        prompt = self.definition.prompt
        messages = prompt.filled({name: shown[name] for name in prompt.placeholders})
        repeats = range(first, first + self.definition.terms.repeats)
        return tuple(
            self._vote(member, messages, repeat) for member in self.members for repeat in repeats
        )

    def _vote(self, member: Member, messages: tuple[Message, ...], repeat: int) -> Vote:
        terms = self.definition.terms
        key = address(member, messages, terms=terms, repeat=repeat)
        with self._lock:
            mine = self._asking.setdefault(key, threading.Lock())
        # Two that ask the same at once are not both to pay: the second finds what the first got.
        with mine:
            kept = self.memory.get(key)
            if kept is not None and not kept["error"]:
                self._count(lambda s: replace(s, remembered=s.remembered + 1))
                return Vote(**{name: kept[name] for name in VOTE})
            vote = ask(member, messages, terms=terms, repeat=repeat, patience=self.patience)
            self.memory.keep(key, asdict(vote))
        self._count(
            lambda s: replace(
                s, asked=s.asked + 1, failed=s.failed + bool(vote.error), cost=s.cost + vote.cost
            )
        )
        self.told(self.spent)
        self._watch(vote)
        return vote

    def _count(self, change: Callable[[Spent], Spent]) -> None:
        with self._lock:
            self.spent = change(self.spent)

    def _watch(self, vote: Vote) -> None:
        with self._lock:
            self._failing = self._failing + 1 if vote.code.startswith(PROVIDER) else 0
            if self._failing >= GIVES_UP:
                raise JudgeDownError(
                    f"judge {self.name!r}: {GIVES_UP} questions in a row got no answer, the last "
                    f"one: {vote.error}; what was judged is kept: run the same again to go on"
                )


def values(sample: Sample) -> Values:
    """What a prompt may show of a sample."""
    case, output = sample.case, sample.output
    turns = (f"Asked: {asked}\nAnswered: {told}" for asked, told in case.history)
    return {
        "question": case.question,
        "history": "\n".join(turns),
        "reference": case.reference,
        "facts": case.facts,
        "forbidden": case.forbidden,
        PASSAGES: tuple(passage.text for passage in output.passages),
        ANSWER: output.answer,
    }
