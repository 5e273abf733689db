"""What answering has cost today, from what the ledger holds: the same for every process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.observation.duration import DAY
from holdfast.ports.ledger import Ledger, Query

DECISIONS, PROBES, SHADOWS = "decisions", ("probes", "baselines"), "shadows"


@dataclass(frozen=True, slots=True)
class Spend:
    """Tokens and dollars. An answer from the cache counts nothing: it was counted before."""

    tokens: int = 0
    dollars: float = 0.0
    unpriced: int = 0
    """Answers whose price nobody knows; they are missing in the dollars."""

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            self.tokens + other.tokens,
            self.dollars + other.dollars,
            self.unpriced + other.unpriced,
        )


def spend(decision: Mapping[str, Any]) -> Spend:
    """What a decision cost; cached input tokens are part of the input and counted once.

    >>> step = {"input_tokens": 20, "output_tokens": 3, "cached_tokens": 8}
    >>> spend({"stamp": {"cache": None, "prompts": [step], "cost": 0.5}})
    Spend(tokens=23, dollars=0.5, unpriced=0)
    """
    stamp = decision["stamp"]
    if stamp["cache"] is not None or not stamp["prompts"]:
        return Spend()
    tokens = sum((s["input_tokens"] or 0) + (s["output_tokens"] or 0) for s in stamp["prompts"])
    return Spend(tokens, stamp["cost"] or 0.0, int(stamp["cost"] is None))


def midnight(now: int) -> int:
    """When the UTC day began."""
    return now - now % DAY


class Meter:
    """What each environment spent in the UTC day; reads the day once, then what was added.

    On whatever timeline: a rollback does not give money back. Safe to use from several threads.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._day = -1
        self._tick = 0
        self._spent: dict[str, Spend] = {}

    def today(self, now: int) -> dict[str, Spend]:
        """By environment, as of now."""
        with self._lock:
            if midnight(now) != self._day:
                self._day, self._tick, self._spent = midnight(now), 0, {}
            self._follow()
            return dict(self._spent)

    def _follow(self) -> None:
        last = next(self._ledger.history(Query(newest_first=True, limit=1)), None)
        if last is None or last[0].tick <= self._tick:
            return
        tick = last[0].tick
        for store in (DECISIONS, *PROBES, SHADOWS):
            query = Query(store=store, after=self._tick, until=tick, since=self._day)
            for _, entry in self._ledger.history(query):
                if entry.value is not None:
                    self._take(store, entry.value)
        self._tick = tick

    def _take(self, store: str, value: Mapping[str, Any]) -> None:
        if store == DECISIONS:
            cost = spend(value)
        elif store == SHADOWS:
            price = value["cost"][1]
            cost = Spend(value["tokens"], price or 0.0, int(price is None and value["tokens"] > 0))
        elif value.get("claimed"):
            return
        else:
            cost = Spend(value["tokens"], value["cost"])
        name = value["environment"]
        self._spent[name] = self._spent.get(name, Spend()) + cost
