"""Changes as they are written down: checked, with each value as canonical text and digest."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.digest import Json, canonical, digest_bytes
from holdfast.domain.event import STORES, Change, Event
from holdfast.errors import UsageError


@dataclass(frozen=True, slots=True)
class Record:
    """An event with its value as it is stored."""

    event: Event
    text: str | None
    """The canonical JSON of the value; ``None`` for a removal."""
    digest: str
    """Digest of the value; it stays when the value is erased."""


def records(change: Change) -> tuple[Record, ...]:
    """The events of a change, ready to be stored. Raises ``UsageError`` for a malformed change.

    >>> record, = records(Change(1, "put", (Event("documents", "a", {"b": 2, "a": 1}),)))
    >>> record.text
    '{"a":1,"b":2}'
    """
    if not change.events:
        raise UsageError(f"a change by {change.operation!r} has no events; leave it out")
    for name in ("operation", "actor", "reason", "cause"):
        check_text(getattr(change, name), what=name)
    seen = set()
    for event in change.events:
        place = (event.store, event.key)
        if place in seen:
            raise UsageError(
                f"a change by {change.operation!r} sets {event.key!r} of {event.store!r} twice; "
                "keep the last value only"
            )
        seen.add(place)
    return tuple(_record(event) for event in change.events)


def check_text(text: str, *, what: str) -> None:
    """Refuse text that not every database can hold: NUL and lone surrogates."""
    if "\0" in text or not _encodable(text):
        raise UsageError(f"{what} {text!r} holds a NUL or a lone surrogate; remove it")


def _record(event: Event) -> Record:
    if event.store not in STORES:
        raise UsageError(f"no store {event.store!r}; the stores are {', '.join(STORES)}")
    if not event.key:
        raise UsageError(f"an event of {event.store!r} has an empty key; give it one")
    check_text(event.key, what="key")
    _check_sources(event)
    data = _canonical(event.value, where=f"the value of {event.key!r} of {event.store!r}")
    return Record(event, None if event.value is None else data.decode(), digest_bytes(data))


def _check_sources(event: Event) -> None:
    where = f"{event.key!r} of {event.store!r}"
    names = {edge.source for edge in event.sources}
    if len(names) < len(event.sources):
        raise UsageError(f"{where} names a source twice; keep its strongest edge")
    for edge in event.sources:
        check_text(edge.source, what="source")
        if not 0 < edge.strength <= 1:
            raise UsageError(
                f"{where} derives from {edge.source!r} with strength {edge.strength!r}; "
                "a strength lies in (0, 1]"
            )


def _canonical(value: Json, *, where: str) -> bytes:
    try:
        return canonical(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON that can be kept: {error}") from error


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
