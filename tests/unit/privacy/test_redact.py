from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import SettingsError
from holdfast.privacy.redact import Redactor
from holdfast.settings import PrivacySettings

ALL = ("email", "phone", "card", "iban", "key")
EVERY = Redactor(PrivacySettings(redact=ALL, region="GB", patterns={"customer": r"\bC-\d{6}\b"}))
THINGS = {
    "ann@mail.example": "email",
    "jörg.müller@büro.example": "email",
    "+44 20 7946 0958": "phone",
    "020 7946 0958": "phone",
    "4111 1111 1111 1111": "card",
    "5500-0000-0000-0004": "card",
    "\uff14" + "\uff11" * 15: "card",
    "4111\u200b1111\u200b1111\u200b1111": "card",
    "GB82 WEST 1234 5698 7654 32": "iban",
    "DE89370400440532013000": "iban",
    "sk-proj-Abcdefghijklmnopqrstuvwx0123": "key",
    "AKIAIOSFODNN7EXAMPLE": "key",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345": "key",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN": "key",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----": "key",
    "C-123456": "customer",
}


@pytest.mark.parametrize(("thing", "kind"), THINGS.items())
def test_a_thing_becomes_its_kind(thing: str, kind: str) -> None:
    text, found = EVERY.text(f"It is {thing}, I think.")
    assert (text, dict(found)) == (f"It is [{kind}], I think.", {kind: 1})


@pytest.mark.parametrize(
    "text",
    [
        "Order 4111 1111 1111 1112 came on 2026-11-27 at 10:30.",
        "550e8400-e29b-41d4-a716-446655440000",
        "c4ca4238a0b923820dcc509a6f75849b4111111111111111",
        "the bearer responsibilities are great",
        "password: forgotten",
        "sk-learn and risk-assessment-of-everything",
        "[email] and [card]",
        "",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert EVERY.text(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer [key]"),
        ('{"password": "hunter2hunter2"}', '{"password": "[key]"}'),
        ("postgres://bob:s3cret@localhost/x", "postgres://bob:[key]@localhost/x"),
    ],
)
def test_a_secret_goes_and_its_name_stays(text: str, left: str) -> None:
    assert EVERY.text(text)[0] == left


def test_only_what_is_asked_for_goes() -> None:
    text = "ann@mail.example pays with 4111 1111 1111 1111"
    assert Redactor(PrivacySettings()).text(text)[0] == "ann@mail.example pays with [card]"
    assert Redactor(PrivacySettings(redact=())).text(text)[0] == text
    allowed = PrivacySettings(redact=("email",), allow=("Ann@mail.example",))
    assert Redactor(allowed).text(text)[0] == text


def test_values_are_redacted_to_their_last_name() -> None:
    value = {"a@b.example": ["x", 4111111111111111, True, None, {"k": "C-123456"}], "n": 5}
    left, found = EVERY.value(value)
    assert left == {"[email]": ["x", "[card]", True, None, {"k": "[customer]"}], "n": 5}
    assert found == {"email": 1, "card": 1, "customer": 1}


def test_a_name_stays_the_same_and_tells_nothing() -> None:
    name = EVERY.name("ann@mail.example")
    assert name == EVERY.name("ann@mail.example") == EVERY.name(name)
    assert name.startswith("email-")
    assert EVERY.name("u-17") == "u-17"
    assert EVERY.name("bob@mail.example") != name


@pytest.mark.parametrize("pattern", ["(", "a*", r"\Aab", "x|"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(SettingsError, match=r"privacy\.patterns\.mine"):
        Redactor(PrivacySettings(patterns={"mine": pattern}))


def test_what_cannot_be_stored_is_left_to_who_refuses_it() -> None:
    text = "\ud800 ann@mail.example"
    assert EVERY.text(text) == (text, {})
    assert EVERY.name(text) == text


words = st.text(st.characters(codec="utf-8"), max_size=12)
pieces = st.lists(st.one_of(words, st.sampled_from(sorted(THINGS))), max_size=8)


@given(pieces, st.sampled_from(["", " ", "\n", ", ", "-"]))
def test_nothing_recognised_survives(parts: list[str], seam: str) -> None:
    text, _ = EVERY.text(seam.join(parts))
    again, found = EVERY.text(text)
    assert (again, dict(found)) == (text, {})


@given(st.lists(pieces.map("".join), max_size=8))
def test_whatever_is_taken_out_was_suspected(texts: list[str]) -> None:
    suspects = EVERY.suspects(texts)
    assert {text for text in texts if EVERY.text(text)[1]} <= suspects
