from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.store.lake import terms as module
from holdfast.store.lake.terms import STOP, TERMS, terms


def test_endings_case_and_form_make_no_difference() -> None:
    assert terms("Connections CONNECTED connecting") == terms("connect") * 3
    assert terms("\ufb01ne \uff21\uff11") == terms("fine a1")
    assert terms("STRASSE") == terms("Straße")


def test_stop_words_and_signs_are_no_terms() -> None:
    assert terms(" ".join(STOP)) == []
    assert terms("!? — … ()_ \n") == []
    assert terms("") == []


def test_words_and_numbers_are_kept_in_order() -> None:
    one, two = terms("port"), terms("8080")
    assert terms("port 8080, port") == [*one, *two, *one]
    assert terms("snake_case-word") == terms("snake case word")
    assert len(terms("Москва 東京 café")) == 3


@given(st.text())
def test_any_text_has_terms_of_32_bits(text: str) -> None:
    found = terms(text)
    assert all(0 <= term < 2**32 for term in found)
    assert terms(text) == found


@given(st.text(), st.text())
def test_terms_of_joined_texts_are_joined(one: str, other: str) -> None:
    assert terms(f"{one} | {other}") == terms(one) + terms(other)


def test_remembering_words_is_bounded() -> None:
    module._hashes.clear()
    limit, module.CACHED = module.CACHED, 10
    try:
        expected = [terms(f"word{i}") for i in range(30)]
        assert len(module._hashes) <= 10
        assert [terms(f"word{i}") for i in range(30)] == expected
    finally:
        module.CACHED = limit


def test_the_version_names_the_stemmer() -> None:
    assert TERMS["stemmer"]["language"] == "english"
    assert TERMS["stemmer"]["snowball"]
