"""Take out of a request's body what must not be kept, before it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter

from holdfast.observation.wire import LOGS, METRICS, TRACES, Message
from holdfast.privacy.content import PEOPLE, is_text, placeholder
from holdfast.privacy.redact import LARGE, Redactor
from holdfast.settings import PrivacySettings

COUNTED = "holdfast.redacted"
"""Attribute of a span or record: how many things were taken out of it."""
PARTS = {TRACES: ("spans", "spans"), LOGS: ("logs", "log_records"), METRICS: ("metrics", "metrics")}
"""What the parts of a body are called, by signal."""
ODD = frozenset({"int_value", "bytes_value", "array_value", "kvlist_value"})
"""Kinds of values, beside strings, that may hold a text or a number that is one."""
BODY = "input.value"
"""A record's body counts as an attribute of this name: it is text."""
POINTS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_SELDOM = attrgetter("name", "trace_state", "events", "links", "status.message")
Attribute = tuple[str, Message, bool]
"""Key, value, and whether it tells of a process instead of what happened in it."""


class Cleaner:
    """Redacts messages in place, and takes texts out where none are kept.

    All texts of a body are looked at together first; only those that may hold something are read.
    """

    def __init__(self, settings: PrivacySettings) -> None:
        self._redactor = Redactor(settings)
        self._capture = settings.capture

    def clean(self, signal: str, message: Message) -> bool:
        """Whether anything was taken out."""
        dirty = self._dirty(signal, message) if self._redactor.active else {}
        if self._capture and not dirty:
            return False
        changed = False
        for item in _items(signal, message):
            count, withheld = self._clean(item, dirty)
            changed |= bool(count) or withheld
            if count and item.counted is not None:
                told = item.counted.attributes.add()
                told.key, told.value.int_value = COUNTED, count
        return changed

    def _dirty(self, signal: str, message: Message) -> dict[str, tuple[str, int]]:
        """Texts that hold something: what each becomes, and how much goes."""
        found = {}
        for text in self._redactor.suspects(_texts(signal, message)):
            clean, counts = self._redactor.text(text)
            if counts:
                found[text] = (clean, counts.total())
        return found

    def _clean(self, item: _Item, dirty: dict[str, tuple[str, int]]) -> tuple[int, bool]:
        """How much was taken out of an item, and whether a text was not kept."""
        count, withheld = 0, False
        for owner, name, text in item.fields():
            if not self._capture and text:
                setattr(owner, name, placeholder(getattr(owner, name)))
                withheld = True
            elif getattr(owner, name) in dirty:
                clean, more = dirty[getattr(owner, name)]
                setattr(owner, name, clean)
                count += more
        for key, value, resource in item.attributes():
            said = _said(value)
            if said is None:
                continue
            if key in PEOPLE:
                new, more = self._redactor.name(said) if said in dirty else said, said in dirty
            elif not self._capture and not resource and is_text(key, said):
                new, more, withheld = placeholder(said), 0, True
            else:
                new, more = dirty.get(said, (said, 0))
            if new != said:
                _say(value, new)
                count += more
        return count, withheld


class _Item:
    """A part of a body with all of its texts: a span, a record, a metric, a resource or scope."""

    __slots__ = ("_attributes", "_fields", "counted")

    def __init__(self, *, counted: Message | None = None) -> None:
        self.counted = counted
        self._fields: list[tuple[Message, str, bool]] = []
        self._attributes: list[Attribute] = []

    def field(self, owner: Message, name: str, *, text: bool = False) -> None:
        """A field that holds a text, if it is set; ``text``: of what somebody said."""
        if getattr(owner, name):
            self._fields.append((owner, name, text))

    def attribute(self, key: str, value: Message, *, resource: bool = False) -> None:
        """An attribute's value, and what is inside it."""
        if value.string_value:
            self._attributes.append((key, value, resource))
            return
        which = value.WhichOneof("value")
        if which == "array_value":
            for inner in value.array_value.values:
                self.attribute(key, inner, resource=resource)
        elif which == "kvlist_value":
            for pair in value.kvlist_value.values:
                self.field(pair, "key")
                self.attribute(key, pair.value, resource=resource)
        elif which is not None:
            self._attributes.append((key, value, resource))

    def all(self, attributes: Iterable[Message], *, resource: bool = False) -> None:
        """Attributes, with their keys."""
        for attribute in attributes:
            self._fields.append((attribute, "key", False))
            self.attribute(attribute.key, attribute.value, resource=resource)

    def texts(self) -> Iterator[str]:
        for owner, name, _ in self._fields:
            yield getattr(owner, name)
        for _, value, _ in self._attributes:
            if (said := value.string_value or _said(value)) is not None:
                yield said

    def fields(self) -> list[tuple[Message, str, bool]]:
        return self._fields

    def attributes(self) -> list[Attribute]:
        return self._attributes


def _said(value: Message) -> str | None:
    """What a value says as text: a number that may be one of a card, bytes that are text."""
    which = value.WhichOneof("value")
    if which == "string_value":
        return str(value.string_value)
    if which == "int_value" and abs(value.int_value) >= LARGE:
        return str(value.int_value)
    if which == "bytes_value":
        try:
            return str(value.bytes_value.decode())
        except UnicodeDecodeError:
            return None
    return None


def _say(value: Message, text: str) -> None:
    if value.WhichOneof("value") == "bytes_value":
        value.bytes_value = text.encode()
    else:
        value.string_value = text


def _texts(signal: str, message: Message) -> list[str]:
    """All texts of a body: most are values of a span's own attributes, and read the short way."""
    if signal != TRACES:
        return [text for item in _items(signal, message) for text in item.texts()]
    texts: list[str] = []
    keys: set[str] = set()
    rest = _Item()
    for span in (s for r in message.resource_spans for c in r.scope_spans for s in c.spans):
        for attribute in span.attributes:
            keys.add(attribute.key)
            value = attribute.value
            said = value.string_value
            if said:
                texts.append(said)
            elif number := value.int_value:
                # Tokens, mostly: asking which kind of value it is takes longer than all the rest.
                if abs(number) >= LARGE:
                    texts.append(str(number))
            elif value.WhichOneof("value") in ODD:
                rest.attribute("", value)
        name, *seldom = _SELDOM(span)
        texts.append(name)
        if any(seldom):
            _seldom(span, rest)
    texts += keys
    texts += rest.texts()
    return texts + [text for item in _about(TRACES, message) for text in item.texts()]


def _items(signal: str, message: Message) -> Iterator[_Item]:
    """Everything in a body."""
    yield from _about(signal, message)
    of_resources, parts = PARTS[signal]
    for of_resource in getattr(message, f"resource_{of_resources}"):
        for of_scope in getattr(of_resource, f"scope_{of_resources}"):
            yield from map(_READ[signal], getattr(of_scope, parts))


def _about(signal: str, message: Message) -> Iterator[_Item]:
    """What a body says of the processes and libraries that its parts come from."""
    name, _ = PARTS[signal]
    for of_resource in getattr(message, f"resource_{name}"):
        item = _Item()
        item.all(of_resource.resource.attributes, resource=True)
        for of_scope in getattr(of_resource, f"scope_{name}"):
            item.field(of_scope.scope, "name")
            item.field(of_scope.scope, "version")
            item.all(of_scope.scope.attributes, resource=True)
        yield item


def _span(span: Message) -> _Item:
    item = _Item(counted=span)
    item.field(span, "name")
    item.all(span.attributes)
    _seldom(span, item)
    return item


def _seldom(span: Message, item: _Item) -> None:
    """What most spans do not have."""
    item.field(span, "trace_state")
    if span.HasField("status"):
        item.field(span.status, "message", text=True)
    for event in span.events:
        item.field(event, "name")
        item.all(event.attributes)
    for link in span.links:
        item.field(link, "trace_state")
        item.all(link.attributes)


def _record(record: Message) -> _Item:
    item = _Item(counted=record)
    item.field(record, "event_name")
    item.field(record, "severity_text")
    item.attribute(BODY, record.body)
    item.all(record.attributes)
    return item


def _metric(metric: Message) -> _Item:
    item = _Item()
    for name in ("name", "description", "unit"):
        item.field(metric, name)
    kind = metric.WhichOneof("data")
    for point in getattr(metric, kind).data_points if kind in POINTS else ():
        item.all(point.attributes)
        for exemplar in getattr(point, "exemplars", ()):
            item.all(exemplar.filtered_attributes)
    return item


_READ = {TRACES: _span, LOGS: _record, METRICS: _metric}
