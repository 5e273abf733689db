# ruff: noqa: RUF001 - signs that look alike are the point
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.pipeline.guard.pii import NAMES, PersonalData
from holdfast.privacy.fold import fold

ALL = tuple(NAMES)


def found(text: str, **settings: object) -> list[tuple[str, str]]:
    rule = PersonalData(ALL, **settings)  # type: ignore[arg-type]
    folded = fold(text)
    return [(folded.text[m.start : m.end], m.detail.split()[-1]) for m in rule.find(folded)]


@pytest.mark.parametrize(
    "text",
    [
        "ann@mail.example",
        "ann.b+tag@sub.mail-host.example",
        "änne@müller.example",
        "＋49 30 901820",
        "+44 20 7946 0958",
        "+1 (212) 555-0123",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "378282246310005",
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "gb29nwbk60161331926819",
        "NO93 8601 1117 947",
    ],
)
def test_personal_data_is_found_whole(text: str) -> None:
    for around in ("{}", "So: {}.", "({}), and", "Write {}\nnow"):
        matches = found(around.format(text))
        assert [match for match, _ in matches] == [fold(text).text]


@pytest.mark.parametrize(
    "text",
    [
        "ann at mail.example",
        "@handle",
        "4111 1111 1111 1112",
        "1234567890123456",
        "0000000000000000",
        "GB29NWBK60161331926818",
        "XX89370400440532013000",
        "order 20240101123456",
        "from 2019 to 2024 in 12 steps",
        "555-0123",
        "ISBN 978-3-16-148410-0",
        "version 1.2.3.4",
    ],
)
def test_what_only_looks_like_it_is_left(text: str) -> None:
    assert found(text) == []


def test_a_card_is_found_amid_other_numbers() -> None:
    assert found("In 2024 4111 1111 1111 1111 12 times")[0][0] == "4111 1111 1111 1111"


def test_a_national_number_needs_its_region() -> None:
    assert found("call 030 901820") == []
    assert found("call 030 901820", region="DE") == [("030 901820", "number")]


def test_what_is_allowed_is_none() -> None:
    allow = ("help@shop.example", "+44 20 7946 0958")
    text = "HELP@shop.example, +44 (20) 79460958, ann@shop.example"
    assert [match for match, _ in found(text, allow=allow)] == ["ann@shop.example"]


def test_only_the_named_types_are_looked_for() -> None:
    rule = PersonalData(("email",))
    assert [m.detail for m in rule.find(fold("a@b.example 4111111111111111"))] == [
        "an e-mail address"
    ]


def test_a_finding_never_repeats_what_was_found() -> None:
    details = [m.detail for m in PersonalData(ALL).find(fold("a@b.example 4111111111111111"))]
    assert not any(character.isdigit() or character == "@" for d in details for character in d)


@given(st.text("0123456789 -@.aDE+", max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    folded = fold(text)
    for match in PersonalData(ALL, region="US").find(folded):
        assert 0 <= match.start < match.end <= len(folded.text)


@given(st.from_regex(r"[3-6][0-9]{14}", fullmatch=True))
def test_every_number_with_its_check_digit_is_a_card(digits: str) -> None:
    doubled = [int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(digits[::-1])]
    check = -sum(d - 9 if d > 9 else d for d in doubled) % 10
    assert (f"{digits}{check}", "number") in found(f"pay {digits}{check} now")
    assert found(f"pay {digits}{(check + 1) % 10} now") == []
