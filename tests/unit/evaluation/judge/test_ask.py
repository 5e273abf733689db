from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from holdfast.domain.patience import Patience
from holdfast.errors import ProviderBusyError, ProviderRefusedError
from holdfast.evaluation.judge.ask import Member, address, ask
from holdfast.evaluation.judge.budget import Budget, Price
from holdfast.ports.model import Generation, Message, Usage
from tests.support.judge import defined, verdict

ASKED = (Message("user", "Good?"),)


@dataclass
class Model:
    """Gives what is written down, one after the other."""

    says: list
    identity: dict = field(default_factory=lambda: {"kind": "written"})
    deterministic: bool = True

    def generate(self, messages, *, sampling, schema=None) -> Generation:
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


@dataclass
class Clock:
    time: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def patience(self, **settings: float) -> Patience:
        return Patience(sleep=self.sleep, now=lambda: self.time, draw=lambda: 1.0, **settings)


def busy(retry_after: float | None = None) -> ProviderBusyError:
    error = ProviderBusyError("429")
    error.retry_after = retry_after
    return error


def good(**changes) -> Generation:
    return Generation(verdict("pass"), "stop", "m-1", None, Usage(10, 5), **changes)


def test_waits_grow_and_follow_what_the_provider_asks(tmp_path) -> None:
    clock = Clock()
    member = Member("m", Model([busy(), busy(7.0), good()]))
    vote = ask(member, ASKED, terms=defined(tmp_path).terms, patience=clock.patience())
    assert (vote.mark, vote.attempts, clock.waits) == (1.0, 3, [0.5, 7.0])


def test_no_attempt_begins_after_the_deadline(tmp_path) -> None:
    clock = Clock()
    terms = defined(tmp_path, attempts=10).terms
    member = Member("m", Model([busy(50.0)] * 10))
    vote = ask(member, ASKED, terms=terms, patience=clock.patience(deadline=120))
    assert (vote.mark, vote.attempts, vote.code) == (None, 3, "provider_busy")
    assert clock.waits == [50.0, 50.0]


def test_what_is_refused_is_not_asked_again(tmp_path) -> None:
    member = Member("m", Model([ProviderRefusedError("401")]))
    vote = ask(member, ASKED, terms=defined(tmp_path).terms, patience=Clock().patience())
    assert (vote.mark, vote.attempts, vote.code) == (None, 1, "provider_refused")


def test_our_price_counts_before_a_published_one(tmp_path) -> None:
    terms = defined(tmp_path).terms
    for price, dollars in ((Price(), 0.25), (Price(1e5, 0), 1.0)):
        member = Member("m", Model([good(cost=0.25)]), price, Budget())
        vote = ask(member, ASKED, terms=terms, patience=Clock().patience())
        assert (vote.tokens, vote.dollars) == (15, pytest.approx(dollars))
        assert member.budget.spent.dollars == pytest.approx(dollars)


def test_an_answer_is_filed_under_all_that_it_depends_on(tmp_path) -> None:
    member, terms = Member("m", Model([])), defined(tmp_path).terms
    first = address(member, ASKED, terms=terms, repeat=0)
    assert first == address(Member("n", Model([])), ASKED, terms=terms, repeat=0)
    other = Member("m", Model([], identity={"kind": "other"}))
    different = {
        address(member, ASKED, terms=terms, repeat=1),
        address(other, ASKED, terms=terms, repeat=0),
        address(member, (Message("user", "Bad?"),), terms=terms, repeat=0),
        address(member, ASKED, terms=defined(tmp_path, temperature=0.5).terms, repeat=0),
        address(member, ASKED, terms=defined(tmp_path, kind="score").terms, repeat=0),
    }
    assert len(different - {first}) == 5
