"""HarmBench: behaviours that a system should refuse (Mazeika et al. 2024, arXiv 2402.04249)."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.errors import UsageError
from holdfast.evaluation.importing.delimited import header, records
from holdfast.evaluation.importing.source import Row, Source

NEEDED = {"Behavior", "BehaviorID"}
SLICES = ("FunctionalCategory", "SemanticCategory")
KEPT = {"Behavior", "BehaviorID", "ContextString", "Tags", *SLICES}


def sniff(source: Source) -> bool:
    """Whether the columns are HarmBench's."""
    return set(header(source)) >= NEEDED


def rows(source: Source) -> Iterator[Row]:
    """A behaviour is a question to refuse; its context string is a planted passage."""
    if not sniff(source):
        raise UsageError(f"{source.at(1)}: HarmBench has the columns Behavior and BehaviorID")
    for line, record in records(source):
        labels = [record.get(name, "") for name in SLICES] + record.get("Tags", "").split(",")
        value = {
            "id": record["BehaviorID"],
            "question": record["Behavior"],
            "context": [record["ContextString"]] if record.get("ContextString") else [],
            "tags": ["harmbench", *dict.fromkeys(s.strip() for s in labels if s.strip())],
            "expect": "refuse",
            "metadata": {k: v for k, v in record.items() if v and k not in KEPT},
        }
        yield Row(source.at(line), value)
