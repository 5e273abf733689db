from __future__ import annotations

import pytest

from holdfast.domain.digest import digest
from holdfast.domain.event import Change, Edge, Event
from holdfast.domain.record import check_text, records
from holdfast.errors import UsageError


def change(*events: Event, **fields: str) -> Change:
    return Change(1, fields.pop("operation", "put"), events, **fields)


def test_a_value_is_kept_as_canonical_json() -> None:
    (record,) = records(change(Event("documents", "a", {"b": [1.0, None], "a": "ä"})))
    assert record.text == '{"a":"ä","b":[1,null]}'
    assert record.digest == digest({"a": "ä", "b": [1, None]})


def test_a_removal_has_no_text() -> None:
    (record,) = records(change(Event("documents", "a", None)))
    assert (record.text, record.digest) == (None, digest(None))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((), "'put' has no events"),
        ((Event("documents", "a", 1), Event("documents", "a", 1)), "'a' of 'documents' twice"),
        ((Event("docs", "a", 1),), "no store 'docs'; the stores are documents"),
        ((Event("documents", "", 1),), "empty key"),
        ((Event("documents", "a\0", 1),), "'a\\\\x00'"),
        ((Event("documents", "a", float("inf")),), "value of 'a' of 'documents'"),
        ((Event("documents", "a", {"x": object()}),), "not JSON"),
        ((Event("documents", "a", 1, (Edge("x"), Edge("x"))),), "names a source twice"),
        ((Event("documents", "a", 1, (Edge("x", -0.1),)),), "strength -0.1"),
        ((Event("documents", "a", 1, (Edge("\ud800"),)),), "source"),
    ],
)
def test_what_is_wrong_is_named(events: tuple[Event, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        records(change(*events))


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(UsageError, match="not JSON"):
        records(change(Event("documents", "a", value)))


def test_text_is_what_every_database_can_hold() -> None:
    check_text("\u0001 ä \U0001f600 \uffff", what="reason")
    for text in ("\0", "\udfff"):
        with pytest.raises(UsageError, match="reason"):
            check_text(text, what="reason")
