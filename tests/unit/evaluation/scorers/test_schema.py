from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from holdfast.evaluation.scorers.schema import Schema
from tests.support.samples import sample

PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"minimum": 0}},
    "$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}},
}


@pytest.mark.parametrize(
    ("answer", "fits", "why"),
    [
        ('{"name": "Ann", "age": 3}', True, None),
        ('```json\n{"name": "Ann"}\n```', True, None),
        ('{"name": "ann"}', False, "$.name"),
        ('{"name": "Ann", "age": -1}', False, "$.age"),
        ("{}", False, "'name' is a required property"),
        ("{'name': 'Ann'}", False, "not JSON"),
        ('{"name": NaN}', False, "NaN is no JSON number"),
        ("[" * 100_000, False, "not JSON"),
        ("", False, "not JSON"),
    ],
)
def test_json_of_a_form(answer, fits, why) -> None:
    score = Schema(schema=PERSON)(sample(answer))
    assert score.value is fits
    assert why is None or why in score.detail["why"]


def test_no_answer_makes_a_pattern_run_for_ever() -> None:
    schema = {"type": "string", "pattern": "^(a+)+$"}
    assert Schema(schema=schema)(sample('"' + "a" * 50_000 + 'b"')).value is False


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "thing"}, "no JSON Schema"),
        ({"properties": {"a": {"$ref": "https://example.com/s.json"}}}, "lies outside"),
        ({"patternProperties": {"^a": {}}}, "not supported"),
        ({"pattern": "(?=a)"}, "no look-around"),
    ],
)
def test_what_is_no_schema(schema, message) -> None:
    with pytest.raises(UsageError, match=message):
        Schema(schema=schema)
