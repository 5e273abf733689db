from __future__ import annotations

import json
from typing import Any

from holdfast.observation.attributes import NAMES
from holdfast.observation.days import Days
from holdfast.observation.spans import decode_spans
from holdfast.ports.telemetry import SPANS
from tests.support.otlp import NOW, WINDOW, spans, traces


def rows(request: Any) -> list[dict[str, Any]]:
    days = Days(SPANS)
    decode_spans(request, batch=7, window=WINDOW, into=days)
    found = []
    for columns in days.columns().values():
        assert len({len(values) for values in columns.values()}) == 1
        found += [
            {name: value for name, value in zip(columns, values, strict=True) if value is not None}
            for values in zip(*columns.values(), strict=True)
        ]
    return found


def row(**given: Any) -> dict[str, Any]:
    return rows(traces(at=NOW * 1_000, **given))[0]


def test_every_name_leads_to_a_column() -> None:
    assert set(NAMES.values()) <= set(SPANS)


def test_old_and_new_names_go_to_the_same_column() -> None:
    new, old = "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"
    for name in (new, old, "llm.token_count.prompt"):
        found = row(**{name: 12})
        assert found["input_tokens"] == 12
        assert "attributes" not in found


def test_of_two_for_one_column_the_other_stays_an_attribute() -> None:
    found = row(**{"gen_ai.provider.name": "azure", "gen_ai.system": "openai"})
    assert found["provider"] == "azure"
    assert json.loads(found["attributes"]) == {"gen_ai.system": "openai"}


def test_a_value_of_another_type_stays_an_attribute() -> None:
    given = {"gen_ai.request.model": 4, "gen_ai.usage.input_tokens": "many", "holdfast.tick": True}
    found = row(**given)
    assert json.loads(found["attributes"]) == given
    assert "model" not in found


def test_numbers_that_are_whole_fit_both() -> None:
    found = row(**{"gen_ai.request.max_tokens": 100.0, "gen_ai.request.temperature": 1})
    assert (found["max_tokens"], found["temperature"]) == (100, 1.0)


def test_attributes_without_a_column_are_kept_as_they_are() -> None:
    given = {
        "text": "", "flag": False, "zero": 0, "real": 1.5, "nested": {"a": [1, {"b": None}]},
        "bytes": b"\x00\xff", "big": 2**62, "odd": float("nan"),
    }  # fmt: skip
    found = json.loads(row(**given)["attributes"])
    assert found == {**given, "bytes": "AP8=", "odd": "nan"}


def test_openinference_lists_stay_whole() -> None:
    given = {"llm.input_messages.0.message.role": "user", "openinference.span.kind": "LLM"}
    assert json.loads(row(**given)["attributes"]) == given


def test_rows_of_different_shapes_stand_beside_each_other() -> None:
    request = traces(4, at=NOW * 1_000)
    for number, span in enumerate(spans(request)):
        if number % 2:
            span.status.code, span.status.message = 2, "broken"
            pair = span.attributes.add()
            pair.key, pair.value.int_value = "holdfast.tick", number
    found = rows(request)
    assert [r.get("tick") for r in found] == [None, 1, None, 3]
    assert [r["status"] for r in found] == ["unset", "error", "unset", "error"]
    assert all(r["batch"] == 7 and r["service"] == "shop" for r in found)


def test_kinds_and_codes_that_nobody_knows_yet() -> None:
    request = traces(1, at=NOW * 1_000)
    spans(request)[0].kind, spans(request)[0].status.code = 77, 9  # type: ignore[assignment]
    assert (rows(request)[0]["kind"], rows(request)[0]["status"]) == ("77", "9")


def test_bytes_and_numbers_that_json_does_not_know_are_no_texts() -> None:
    found = row(**{"gen_ai.request.model": b"gpt", "gen_ai.agent.name": float("nan")})
    assert json.loads(found["attributes"]) == {
        "gen_ai.request.model": "Z3B0",
        "gen_ai.agent.name": "nan",
    }
