"""The answer is JSON of a form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import SchemaError

from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.regex import compiled
from holdfast.evaluation.scorers.scorer import HIGHER

FENCE = re.compile(r"\A\s*```[\w+-]*\n(.*?)\n?```\s*\Z", re.DOTALL)


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """JSON Schema's ``pattern``, by RE2: an answer cannot make it run for ever."""
    if isinstance(instance, str) and not compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})


@dataclass(frozen=True, slots=True)
class Schema:
    """An assertion: the answer is JSON and fits a JSON Schema (draft 2020-12).

    A code fence around it is allowed. A schema is complete in itself: nothing is fetched.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    name: str = "schema"
    schema: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.schema:
            raise UsageError(f"scorer {self.name!r} needs a schema")
        try:
            Draft202012Validator.check_schema(self.schema)
        except SchemaError as e:
            raise UsageError(f"scorer {self.name!r}: no JSON Schema: {e.message}") from e
        for keyword, value in _keywords(self.schema):
            if keyword in ("$ref", "$dynamicRef") and not str(value).startswith("#"):
                raise UsageError(f"scorer {self.name!r}: {value!r} lies outside of the schema")
            if keyword == "patternProperties":
                raise UsageError(f"scorer {self.name!r}: patternProperties are not supported")
            if keyword == "pattern" and isinstance(value, str):
                compiled(value)

    def __call__(self, sample: Sample) -> Score:
        fenced = FENCE.match(sample.output.answer)
        text = fenced[1] if fenced else sample.output.answer
        try:
            value = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as e:
            return Score(self.name, value=False, detail={"why": f"not JSON: {e}"})
        flaw = next(iter(Validator(self.schema).iter_errors(value)), None)
        if flaw is None:
            return Score(self.name, value=True)
        why = f"{flaw.json_path}: {flaw.message[:200]}"
        return Score(self.name, value=False, detail={"why": why})


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a schema and of what is in it."""
    inner = schema.values() if isinstance(schema, dict) else schema
    if isinstance(schema, dict):
        yield from schema.items()
    for value in inner if isinstance(schema, dict | list) else ():
        yield from _keywords(value)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
