from __future__ import annotations

import threading

import pytest

from holdfast.errors import BudgetError
from holdfast.evaluation.judge.budget import Budget, Cost, Price, tokens_of


def spend(budget: Budget, most: int, real: int) -> None:
    with budget.request(Cost(most)) as bill:
        bill.pay(Cost(real))


def test_what_is_set_aside_counts_until_the_bill_comes() -> None:
    budget = Budget(tokens=100, place="judges/a.toml")
    spend(budget, 90, 10)
    spend(budget, 90, 10)
    with pytest.raises(BudgetError, match=r"judges/a.toml: the budget of 100 tokens .*20 tokens"):
        spend(budget, 81, 1)
    assert (budget.spent, budget.requests) == (Cost(20), 2)


def test_a_request_that_fails_costs_nothing() -> None:
    budget = Budget(dollars=0.01)
    price = Price(1_000, 1_000)
    with pytest.raises(ValueError, match="x"), budget.request(price.cost(5, 5)):
        raise ValueError("x")
    with budget.request(price.cost(5, 5)) as bill:
        bill.pay(price.cost(5, 5))
    assert budget.spent.dollars == pytest.approx(0.01)
    with pytest.raises(BudgetError, match=r"\$0.01 is used up"), budget.request(price.cost(1, 0)):
        pass


def test_many_at_once_keep_to_the_budget_and_use_it_up() -> None:
    budget = Budget(tokens=1_000)
    refused = []

    def work() -> None:
        for _ in range(30):
            try:
                spend(budget, 50, 10)
            except BudgetError:
                refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert 950 < budget.spent.tokens <= 1_000
    assert len(refused) == 240 - budget.requests


def test_tokens_are_estimated_rather_too_high() -> None:
    assert tokens_of("Hello, how are you today?") >= 7
    assert tokens_of("") == 0
    assert tokens_of("\u6f22\u5b57") == 2
