"""Samples in few words: what tests of scorers begin with."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Passage, Sample

OUTPUT = {field.name for field in fields(Output)}


def sample(answer: str = "", **known: Any) -> Sample:
    """An answer with fields of its case or output: ``sample("30 days", facts=("30 days",))``."""
    output = Output("c", 0, answer, "answered")
    mine = {name: value for name, value in known.items() if name in OUTPUT}
    theirs = {name: value for name, value in known.items() if name not in OUTPUT}
    return Sample(replace(Case("c", "May I return shoes?"), **theirs), replace(output, **mine))


def passages(*texts: str) -> tuple[Passage, ...]:
    """Passages ``p0``, ``p1`` ... of documents ``0.md``, ``1.md`` ..."""
    return tuple(Passage(f"p{i}", f"d{i}", f"{i}.md", text) for i, text in enumerate(texts))
