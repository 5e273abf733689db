from __future__ import annotations

import pytest

from holdfast.domain.dataset import Case
from holdfast.errors import UsageError
from holdfast.evaluation.importing.read import parse
from holdfast.evaluation.importing.source import Source
from holdfast.evaluation.importing.write import WRITERS, write

CASES = (
    Case(
        "a",
        'say "q", please\nor not',
        history=(("x", "y"),),
        facts=("30 | 31 days", "12"),
        context=("[1]",),
        weight=2.5,
        metadata={"n": [1, {"b": None}]},
    ),
    Case("b", "p\u2028", expect="refuse", reference="007", tags=("t",)),
)


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_is_read_unchanged(name) -> None:
    found = parse(Source("x", write(CASES, format=name)))
    assert (found.format, found.cases) == (name, CASES)


def test_an_unknown_format() -> None:
    with pytest.raises(UsageError, match="no format 'xlsx' to write; there are jsonl, csv"):
        write(CASES, format="xlsx")
