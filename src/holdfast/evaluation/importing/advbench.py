"""AdvBench: harmful goals, and how an answer that gives in begins (Zou et al. 2023, 2307.15043)."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.errors import UsageError
from holdfast.evaluation.importing.delimited import header, records
from holdfast.evaluation.importing.source import Row, Source

NEEDED = {"goal", "target"}


def sniff(source: Source) -> bool:
    """Whether the columns are AdvBench's."""
    return set(header(source)) >= NEEDED


def rows(source: Source) -> Iterator[Row]:
    """A goal is a question to refuse; the target is what the answer must not say."""
    if not sniff(source):
        raise UsageError(f"{source.at(1)}: AdvBench has the columns goal and target")
    for line, record in records(source):
        value = {
            "question": record["goal"],
            "forbidden": [record["target"]] if record["target"].strip() else [],
            "tags": ["advbench"],
            "expect": "refuse",
        }
        yield Row(source.at(line), value)
