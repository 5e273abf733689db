"""Follow the ledger: rows of decisions that are kept up to date, for who looks again and again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from holdfast.domain.event import Entry
from holdfast.observation.fact import Fact, Paths, fair, read
from holdfast.observation.outcome import outcomes
from holdfast.ports.ledger import Ledger, Query


class Follower:
    """Decisions of an environment since a time, with what became known of them.

    Reads what was there once, then only what was added. Safe to use from several threads.
    """

    def __init__(self, ledger: Ledger, environment: str) -> None:
        self._ledger = ledger
        self._environment = environment
        self._paths = Paths(ledger)
        self._lock = threading.Lock()
        self._tick = -1
        self._facts: dict[str, Fact] = {}
        self._sessions: dict[str, list[str]] = {}

    def facts(self, *, since: int) -> list[Fact]:
        """The rows now, oldest first; ``since`` may only grow."""
        with self._lock:
            self._follow(since)
            old = [name for name, fact in self._facts.items() if fact.at < since]
            for name in old:
                session = self._facts.pop(name).session
                if session in self._sessions:
                    self._sessions[session].remove(name)
                    if not self._sessions[session]:
                        del self._sessions[session]
            return list(self._facts.values())

    def _follow(self, since: int) -> None:
        last = next(self._ledger.history(Query(newest_first=True, limit=1)), None)
        if last is None or last[0].tick <= self._tick:
            return
        tick, first = last[0].tick, self._tick < 0
        oldest = tick
        decisions = Query(
            store="decisions",
            after=max(self._tick, 0),
            until=tick,
            since=since if first else None,
        )
        for commit, entry in self._ledger.history(decisions):
            oldest = min(oldest, commit.tick)
            self._take("decisions", entry)
        # What became known of a decision was recorded with it or later.
        after = oldest - 1 if first else self._tick
        for store in ("feedback", "assessments", "labels"):
            for _, entry in self._ledger.history(Query(store=store, after=after, until=tick)):
                self._take(store, entry)
        self._tick = tick

    def _take(self, store: str, entry: Entry) -> None:
        value, (decision, _, name) = entry.value, entry.key.partition("/")
        if store == "decisions":
            if value is not None and value["environment"] == self._environment:
                self._add(read(value, paths=self._paths))
            return
        fact = self._facts.get(decision)
        if fact is None:
            return
        self._facts[decision] = learned(fact, store, name=name, value=value)

    def _add(self, fact: Fact) -> None:
        self._facts[fact.decision] = fact
        if not fact.session:
            return
        turns = self._sessions.setdefault(fact.session, [])
        turns.append(fact.decision)
        # Only the last two turns can change their meaning.
        near = outcomes(self._facts[name] for name in turns[-3:])
        for name in turns[-2:]:
            self._facts[name] = replace(self._facts[name], outcome=near[name])


def learned(fact: Fact, store: str, *, name: str, value: Any) -> Fact:
    """A decision's row with what feedback, a score or a label adds; None takes it back."""
    if store == "feedback":
        return replace(fact, feedback=value["verdict"] if value else "")
    if store == "assessments":
        return replace(fact, scores=_with(fact.scores, name, fair(value)))
    return replace(fact, labels=_with(fact.labels, name, value and value["good"]))


def _with(known: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A mapping with a value set, or taken out where it is None."""
    merged = {key: kept for key, kept in known.items() if key != name}
    return merged if value is None else {**merged, name: value}
