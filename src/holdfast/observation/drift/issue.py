"""What is odd about columns: constant, all missing, infinite, of mixed types, new labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.observation.drift.reference import Feature
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch

__all__ = ["Issue", "issues"]

_EXPECTED = 10
"""Rows that a label would have, were nothing different, for its absence to be worth a word."""
_UNJUDGED = {
    "time": ("time", "a time moves of itself; it is not compared"),
    "other": ("nested", "holds neither numbers, labels nor embeddings; it is not compared"),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about a column, or about all (column ""), that a person should know."""

    column: str
    code: str
    text: str


def issues(before: Mapping[str, Feature], after: Mapping[str, Feature]) -> list[Issue]:
    """What is odd about columns that both have, in the reference or now."""
    found = []
    for name, old in before.items():
        new = after.get(name)
        if new is not None:
            found += [Issue(name, code, text) for code, text in _odd(old, new)]
    return found


def _odd(old: Feature, new: Feature) -> list[tuple[str, str]]:
    if old.sketch is None:
        return [_UNJUDGED[old.kind]] if old.kind in _UNJUDGED else []
    found = []
    if old.rising:
        found.append(("rising", "rises from row to row like an id; it is not compared"))
    found += [*_values(old, "reference"), *_values(new, "current")]
    if isinstance(old.sketch, LabelSketch) and isinstance(new.sketch, LabelSketch):
        found += _labels(old.sketch, new.sketch)
    return found


def _values(one: Feature, word: str) -> list[tuple[str, str]]:
    found, sketch = [], one.sketch
    if sketch is None:
        return []
    if sketch.rows and not sketch.n:
        found.append(("all_missing", f"every {word} value is missing"))
    elif sketch.constant and sketch.rows > 1:
        found.append(("constant", f"every {word} value is the same"))
    if one.unreadable:
        text = f"{one.unreadable:,} {word} values are no numbers, such as {one.example!r}"
        found.append(("mixed", f"{text}; they count as missing"))
    if isinstance(sketch, NumberSketch) and (sketch.above or sketch.under):
        rows = sketch.above + sketch.under
        found.append(("infinite", f"{rows:,} {word} values are infinite; they count as missing"))
    return found


def _labels(old: LabelSketch, new: LabelSketch) -> list[tuple[str, str]]:
    found = []
    if not old.complete:
        named, share = len(old.layout.names), old.counts[-1] / max(old.n, 1)
        text = f"only its {named} commonest labels are counted one by one"
        found.append(("many_labels", f"{text}; {share:.1%} of the reference is '(other)'"))
    elif not new.complete:
        names = ", ".join(map(repr, new.others))
        found.append(("new_label", f"{int(new.counts[-1]):,} rows have labels unseen: {names}"))
    gone = [
        name
        for name, before, after in zip(old.layout.names, old.counts, new.counts, strict=False)
        if before and not after and before / old.n * new.n >= _EXPECTED
    ]
    if gone and new.n:
        found.append(("gone_label", f"no row has {', '.join(map(repr, gone[:5]))} any more"))
    return found
