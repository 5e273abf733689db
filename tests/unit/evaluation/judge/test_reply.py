from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.judge.reply import FIELDS, WORDS, UnreadableError, read, schema

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reason", "verdict", "score", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON, st.sampled_from(["verdict", "score", "pair"]))
def test_what_is_read_is_what_the_schema_allows(value, kind) -> None:
    text = json.dumps(value)
    try:
        jsonschema.validate(value, schema(kind, (1, 5)))
    except jsonschema.ValidationError:
        with pytest.raises(UnreadableError):
            read(text, kind=kind, scale=(1, 5))
    else:
        try:
            reply = read(text, kind=kind, scale=(1, 5))
        except UnreadableError:
            # To JSON schema 3.0 is an integer, and 1.0 is in [1]; not to us.
            assert isinstance(value[FIELDS[kind]], float)
        else:
            assert reply.mark is None or 0 <= reply.mark <= 1


@pytest.mark.parametrize("kind", WORDS)
def test_every_word_has_its_mark(kind) -> None:
    for word, mark in WORDS[kind].items():
        text = json.dumps({"reason": "r", FIELDS[kind]: word})
        assert read(text, kind=kind).mark == mark
        jsonschema.validate(json.loads(text), schema(kind, (1, 5)))


def test_a_scale_is_spread_over_zero_to_one() -> None:
    marks = [
        read(f'{{"reason": "", "score": {n}}}', kind="score", scale=(1, 5)).mark for n in (1, 2, 5)
    ]
    assert marks == [0, 0.25, 1]
    assert read('{"reason": "", "score": null}', kind="score", scale=(1, 5)).mark is None


@given(st.text())
def test_no_text_is_a_verdict_by_accident(text) -> None:
    with pytest.raises(UnreadableError):
        read(text, kind="verdict")
