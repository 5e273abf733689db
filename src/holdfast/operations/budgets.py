"""What answering may cost in a day, and what happens when it is used up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.errors import QuotaError
from holdfast.observation.alert import PAGE, TICKET, Raised
from holdfast.observation.duration import DAY, SECOND
from holdfast.observation.spend import Meter, Spend, midnight
from holdfast.operations.system import System
from holdfast.settings import Limit

PREFIX = "budget:"
"""Before a unit, where objectives have their name."""
FALLBACK = "fallback"
USED_UP, WARNING, WITHIN = "used up", "warning", "within"
TOKENS, DOLLARS = "tokens", "dollars"


@dataclass(frozen=True, slots=True)
class Account:
    """One limit of one day; ``environment`` empty is the whole project."""

    environment: str
    unit: str
    spent: float
    limit: float
    state: str
    resets: int
    """When the day ends, microseconds since 1970 UTC."""
    unpriced: int = 0
    """Answers that are missing in the dollars, as nobody knows their price."""

    @property
    def share(self) -> float:
        return self.spent / self.limit

    @property
    def told(self) -> str:
        """What is spent of what, in words."""
        where = f"environment {self.environment!r}" if self.environment else "the project"
        if self.unit == TOKENS:
            return f"{self.spent:,.0f} of {self.limit:,.0f} tokens of {where}"
        return f"${self.spent:,.4f} of ${self.limit:,.2f} of {where}"


class Budgets:
    """Limits of ``[budget]``: ``Budgets(project.system)``. Costs nothing where there are none."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._meter = Meter(system.ledger)
        self._limits = system.settings.budget

    def accounts(self) -> tuple[Account, ...]:
        """Every limit that is set, with what is spent of it today."""
        limits = {"": Limit(**{name: getattr(self._limits, name) for name in Limit.model_fields})}
        limits |= self._limits.environments
        if not any(one.tokens_per_day or one.dollars_per_day for one in limits.values()):
            return ()
        now = self._system.clock.now()
        spent = self._meter.today(now)
        whole = sum(spent.values(), Spend())
        return tuple(
            account
            for name, limit in limits.items()
            for account in self._of(name, limit, spent.get(name, Spend()) if name else whole, now)
        )

    def check(self, environment: str) -> str:
        """Why a question is not answered now, empty when it is.

        Raises ``QuotaError`` unless ``budget.stop`` says to give the fallback instead. What is
        under way when a limit is reached is finished.
        """
        for one in self._applying(environment):
            if one.state == USED_UP:
                seconds = (one.resets - self._system.clock.now()) / SECOND
                reason = f"the budget of the day is used up: {one.told}"
                if self._limits.stop == FALLBACK:
                    return reason
                raise QuotaError(
                    f"{reason}; ask again tomorrow (UTC), or raise [budget] in holdfast.toml",
                    retry_after=seconds,
                )
        return ""

    def alarms(self, environment: str, *, now: int) -> list[Raised]:
        """A ticket from ``budget.warn`` on, and a page when nothing is left."""
        # What concerns the whole project is told once, in its own environment.
        home = self._system.settings.project.environment
        return [
            _raised(one, environment, now=now)
            for one in self._applying(environment)
            if (one.environment or home) == environment and one.state != WITHIN
        ]

    def _applying(self, environment: str) -> Iterator[Account]:
        return (one for one in self.accounts() if one.environment in ("", environment))

    def _of(self, name: str, limit: Limit, spent: Spend, now: int) -> Iterator[Account]:
        resets = midnight(now) + DAY
        if limit.tokens_per_day:
            yield self._account(name, TOKENS, spent.tokens, limit.tokens_per_day, resets)
        if limit.dollars_per_day:
            one = self._account(name, DOLLARS, spent.dollars, limit.dollars_per_day, resets)
            yield Account(
                one.environment, one.unit, one.spent, one.limit, one.state, resets, spent.unpriced
            )

    def _account(self, name: str, unit: str, spent: float, limit: float, resets: int) -> Account:
        share = spent / limit
        state = USED_UP if share >= 1 else WARNING if share >= self._limits.warn else WITHIN
        return Account(name, unit, spent, limit, state, resets)


def _raised(one: Account, environment: str, *, now: int) -> Raised:
    stopped = one.state == USED_UP
    what = f"{PREFIX}{one.unit}" + ("" if one.environment else ":project")
    told = f"{one.told} are spent today"
    summary = f"{told}, and questions are refused." if stopped else f"{told}."
    severity = PAGE if stopped else TICKET
    return Raised(environment, what, severity, now, None, "", summary, one.share, 0, 0)
