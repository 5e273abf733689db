from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.pipeline.cache import cache_key, evidence_digest, question_key

KEY = {"evidence": "e", "history": "h", "question": "What is the fee?"}


@given(st.lists(st.text(max_size=5)), st.randoms())
def test_evidence_is_a_set(chunks: list[str], random: object) -> None:
    shuffled = sorted(chunks, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert evidence_digest(chunks) == evidence_digest([*shuffled, *chunks[:2]])


@given(st.sets(st.text(max_size=5)), st.sets(st.text(max_size=5)))
def test_other_evidence_has_another_digest(one: set[str], other: set[str]) -> None:
    assert (evidence_digest(one) == evidence_digest(other)) == (one == other)


def test_a_key_is_made_of_all_that_must_be_equal() -> None:
    keys = {cache_key("r", **KEY), cache_key("s", **KEY)}
    keys |= {cache_key("r", **{**KEY, name: "other"}) for name in KEY}
    assert len(keys) == 5
    assert all(key.count("/") == 2 for key in keys)


def test_courtesies_do_not_change_a_key() -> None:
    polite = {**KEY, "question": "Hello! What is the fee, please?"}
    assert cache_key("r", **polite) == cache_key("r", **KEY)


def test_a_question_key_shows_its_words() -> None:
    assert question_key("Hi, what is the fee?").split() == ["what", "is", "fee"]
