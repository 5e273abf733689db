"""What a judge may spend in one command, in tokens and in money, counted before it is asked."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from holdfast.errors import BudgetError

CHARACTERS = 3
"""Of a token, at least: so that what is set aside for a question is rather too much."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens and dollars. ``dollars`` is 0 where no price is known."""

    tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.tokens + other.tokens, self.dollars + other.dollars)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.tokens - other.tokens, self.dollars - other.dollars)


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens."""

    input: float = 0.0
    output: float = 0.0

    def cost(self, given: int, made: int) -> Cost:
        """What a request with its answer costs.

        >>> Price(1.0, 4.0).cost(1_000_000, 500_000)
        Cost(tokens=1500000, dollars=3.0)
        """
        return Cost(given + made, (given * self.input + made * self.output) / 1_000_000)


def tokens_of(text: str) -> int:
    """About how many tokens a text has, rather too many."""
    return math.ceil(len(text.encode()) / CHARACTERS)


@dataclass
class Budget:
    """Counts what is spent; refuses a request that might go beyond.

    What a request can cost at most is set aside while it is under way, so that many at once keep
    to the budget too. ``file`` begins the message, with the next step.
    """

    tokens: int | None = None
    dollars: float | None = None
    place: str = ""
    spent: Cost = field(default_factory=Cost)
    requests: int = 0
    _aside: Cost = field(default_factory=Cost)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def request(self, most: Cost) -> Iterator[Bill]:
        """Room for one request that costs ``most`` at most; ``Bill.pay`` says what it did.

        Waits while others' requests under way decide whether there is room. Raises
        ``BudgetError`` when there is none.
        """
        with self._changed:
            while self._beyond(self.spent + self._aside + most):
                if self._aside == Cost():
                    raise BudgetError(self._told())
                self._changed.wait()
            self._aside += most
        bill = Bill()
        try:
            yield bill
        finally:
            with self._changed:
                left = self._aside - most
                # Dollars are floats: with nothing under way nothing is set aside.
                self._aside = replace(left, dollars=left.dollars if left.tokens else 0.0)
                self.spent += bill.cost
                self.requests += 1
                self._changed.notify_all()

    def _beyond(self, cost: Cost) -> bool:
        many = self.tokens is not None and cost.tokens > self.tokens
        return many or (self.dollars is not None and cost.dollars > self.dollars)

    def _told(self) -> str:
        limits = [f"{self.tokens:,} tokens"] if self.tokens is not None else []
        limits += [f"${self.dollars:g}"] if self.dollars is not None else []
        return (
            f"{self.place}: the budget of {' and '.join(limits)} is used up "
            f"({self.spent.tokens:,} tokens, ${self.spent.dollars:.4f} spent; the next question "
            "might go beyond); what was judged is kept: raise it, or run the same again to go on"
        )


@dataclass
class Bill:
    """What one request has cost; nothing until it is paid."""

    cost: Cost = field(default_factory=Cost)

    def pay(self, cost: Cost) -> None:
        """Say what it cost."""
        self.cost = cost
