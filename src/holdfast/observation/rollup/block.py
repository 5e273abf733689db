"""What a stretch of the ledger says of decisions, as tables: nothing of it ever changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pyarrow as pa

from holdfast.domain.moment import EventId
from holdfast.observation.columns import LATENCY, MISSING, Keys, key, kind_of
from holdfast.observation.fact import Fact, fair, read
from holdfast.observation.outcome import follows
from holdfast.ports.ledger import Ledger, Query

FEEDBACK, ASSESSMENTS, LABELS = 1, 2, 3
STORES: Final = {"feedback": FEEDBACK, "assessments": ASSESSMENTS, "labels": LABELS}
"""Where what becomes known of a decision stands, and the number that rows have for it."""
LATER: Final = "\0"
"""Before a document's digest where a slice should be: under which path it is live may change."""
ALONE: Final = 0
"""No session, or no earlier turn."""

TEXTS = (
    "environment", "status", "error_code", "release", "prompt", "model", "fingerprint", "slice",
)  # fmt: skip
NUMBERS = ("input_tokens", "cached_tokens", "output_tokens", "length", "passages")
STATES = ("cached", "complete", "truncated", "broken", "refused", "formatted", "spoken", "told")
_CODED = pa.dictionary(pa.int32(), pa.string())
DECISIONS = pa.schema(
    [
        ("event", pa.int64()),
        ("committed", pa.int64()),
        ("at", pa.int64()),
        ("decision", pa.string()),
        ("key", pa.int64()),
        ("session", pa.int64()),
        ("before", pa.int64()),
        ("follows", _CODED),
        *((name, _CODED) for name in TEXTS),
        *((name, pa.int64()) for name in NUMBERS),
        *((name, pa.int8()) for name in STATES),
        ("similarity", pa.float64()),
        ("cost", pa.float64()),
    ]
)
KNOWN = pa.schema(
    [
        ("committed", pa.int64()),
        ("key", pa.int64()),
        ("store", pa.int8()),
        ("name", _CODED),
        ("kind", pa.int8()),
        ("number", pa.float64()),
        ("text", _CODED),
        ("scorer", _CODED),
    ]
)
SHORT = 8
"""Characters of a scorer's digest that tell its versions apart."""


class Block(NamedTuple):
    """Decisions, and what became known of any, each in the ledger's order."""

    decisions: pa.Table
    known: pa.Table


class Turn(NamedTuple):
    """What the next turn of a conversation is held against."""

    at: int
    decision: str
    question: str
    told: bool


def place(event: EventId) -> int:
    """An event as one number, in the order of the ledger.

    >>> event_id(place(EventId(12, 3)))
    EventId(tick=12, place=3)
    """
    return event.tick << 20 | event.place


def event_id(number: int) -> EventId:
    """The event of a number."""
    return EventId(number >> 20, number & (1 << 20) - 1)


def ticks(numbers: Keys) -> Keys:
    """The ticks of the numbers of events."""
    return numbers >> 20


def turn(fact: Fact) -> Turn:
    """A decision as its conversation sees it."""
    return Turn(fact.at, fact.decision, fact.question, fact.told)


def build(ledger: Ledger, *, after: int, until: int) -> Block:
    """What the ticks ``after < tick <= until`` say, read event by event."""
    return Block(_decisions(ledger, after, until), _known(ledger, after, until))


def joined(blocks: Iterable[Block]) -> Block:
    """Blocks after one another as one, without copying them."""
    parts = zip(*blocks, strict=True)
    # A block knows the stages that its own decisions went through.
    return Block(*(pa.concat_tables(part, promote_options="default") for part in parts))


def whole(block: Block) -> Block:
    """A block in one piece, as it is written."""
    return Block(*(table.unify_dictionaries().combine_chunks() for table in block))


class _Unplaced:
    """Names a slice by the document that it will be named after."""

    def folder(self, documents: Iterable[str]) -> str:
        return LATER + next(iter(documents), "")


def _decisions(ledger: Ledger, after: int, until: int) -> pa.Table:
    rows: list[dict[str, Any]] = []
    sessions: dict[int, list[tuple[Turn, dict[str, Any]]]] = {}
    for commit, entry in ledger.history(Query(store="decisions", after=after, until=until)):
        if entry.value is None:
            continue
        fact = read(entry.value, paths=_Unplaced())
        session = key(f"{fact.environment}\0{fact.session}") if fact.session else ALONE
        row = _row(fact) | {
            "event": place(entry.id),
            "committed": commit.at,
            "session": session,
            "before": ALONE,
            "follows": "",
        }
        rows.append(row)
        if session:
            sessions.setdefault(session, []).append((turn(fact), row))
    for said in sessions.values():
        _follow(said)
    return _table(DECISIONS, rows)


def _follow(said: list[tuple[Turn, dict[str, Any]]]) -> None:
    """Note, of each turn of a conversation, what it says of the one before."""
    said.sort(key=lambda one: one[0][:2])
    for (one, earlier), (other, row) in pairwise(said):
        if one.told and other.told:
            row["before"] = earlier["key"]
            row["follows"] = follows(one.question, other.question)


def _row(fact: Fact) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: getattr(fact, name)
        for name in ("at", "decision", *TEXTS, *NUMBERS, "similarity", "cost")
    }
    for name in STATES:
        value = getattr(fact, name)
        row[name] = MISSING if value is None else int(bool(value))
    row["key"] = key(fact.decision)
    row |= {f"{LATENCY}{stage}": spent for stage, spent in fact.latency.items()}
    return row


def _known(ledger: Ledger, after: int, until: int) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for store, number in STORES.items():
        for commit, entry in ledger.history(Query(store=store, after=after, until=until)):
            decision, _, name = entry.key.partition("/")
            value = _said(store, entry.value)
            kind = kind_of(value)
            text = isinstance(value, str)
            rows.append(
                {
                    "committed": commit.at,
                    "key": key(decision),
                    "store": number,
                    "name": name,
                    "kind": kind,
                    "number": None if text or value is None else float(value),
                    "text": value if text else "",
                    "scorer": _scorer(store, entry.value),
                }
            )
    return _table(KNOWN, rows)


def _said(store: str, value: Any) -> Any:
    """What an event says of its decision; None takes back what was said before."""
    if store == "feedback":
        return value["verdict"] if value else None
    if store == "labels":
        return bool(value["good"]) if value else None
    return fair(value)


def _scorer(store: str, value: Any) -> str:
    """Which version of a scorer says it; empty for people."""
    return str(value.get("scorer", ""))[:SHORT] if value and store == "assessments" else ""


def _table(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    stages = sorted({name for row in rows for name in row if name.startswith(LATENCY)})
    whole = pa.schema([*schema, *((name, pa.float64()) for name in stages)])
    return pa.Table.from_pydict(
        {name: [row.get(name) for row in rows] for name in whole.names}, schema=whole
    )


def turns(ledger: Ledger, event: int) -> Iterator[Turn]:
    """The decision of an event's number, read from the ledger."""
    wanted = event_id(event)
    query = Query(store="decisions", after=wanted.tick - 1, until=wanted.tick)
    for _, entry in ledger.history(query):
        if entry.id == wanted and entry.value is not None:
            yield turn(read(entry.value, paths=_Unplaced()))
