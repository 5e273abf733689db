"""Two files, or a fitted reference and a file: what moved between them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import UsageError
from holdfast.observation.drift.issue import Issue, issues
from holdfast.observation.drift.reference import Feature, Reference, count, fit
from holdfast.observation.drift.rows import Rows, open_rows
from holdfast.observation.drift.verdict import Drift, Limits, judge
from holdfast.statistics.sketch.contrast import contrast

__all__ = ["Compared", "compare", "fit_files", "read_reference"]

_PAIRS = 64
"""Renamed columns are looked for among so many pairs at most."""
_ALIKE = 0.05


@dataclass(frozen=True, slots=True)
class Compared:
    """The verdict, with what it was made from."""

    drift: Drift
    reference: Reference
    current: Reference


def read_reference(path: Path) -> Reference:
    """A fitted reference, or one that is fitted to a Parquet or CSV file now.

    Raises:
        UsageError: no such file, or nothing that can be read as one of these.
        CorruptionError: JSON that is no fitted reference.
    """
    if path.is_file() and path.suffix == ".json":
        try:
            return Reference.from_json(json.loads(path.read_bytes()))
        except ValueError as e:
            raise UsageError(f"{str(path)!r} is not JSON: {e}") from e
    return fit(open_rows(path))


def fit_files(paths: Sequence[Path]) -> Reference:
    """One reference over several files: bins from the first, counts of all.

    Raises:
        UsageError: no file, one that cannot be read, or files of different columns.
    """
    if not paths:
        raise UsageError("no file to fit; give a Parquet or CSV file")
    fitted = read_reference(paths[0])
    for path in paths[1:]:
        more = count(open_rows(path), like=fitted, blocks=True)
        fitted = fitted.merge(more)
    return fitted


def compare(reference: Path, current: Path, *, limits: Limits | None = None) -> Compared:
    """What moved from one file to another.

    Columns are matched by name. Columns that only one file has are named, those perhaps renamed
    with their new name, and the rest is judged.

    Raises:
        UsageError: a file that cannot be read, or two without a column in common.
    """
    usual = read_reference(reference)
    rows = open_rows(current)
    found = count(rows, like=usual)
    odd = [*_shape(usual, rows), *issues(usual.features, found.features)]
    return Compared(judge(usual, found, limits=limits, issues=tuple(odd)), usual, found)


def _shape(usual: Reference, rows: Rows) -> list[Issue]:
    """What is odd about the table as a whole."""
    found = []
    for word, n in (("reference", usual.rows), ("current", rows.rows)):
        if n == 0:
            found.append(Issue("", "empty", f"the {word} has no rows"))
        elif n == 1:
            found.append(Issue("", "one_row", f"the {word} has one row; it can tell little"))
    before, now = list(usual.features), list(rows.columns)
    shared = [name for name in before if name in now]
    if not shared:
        raise UsageError(
            f"{rows.name!r} has none of the reference's columns ({', '.join(before[:5])}); "
            "are these the right files?"
        )
    if shared != [name for name in now if name in before]:
        found.append(Issue("", "reordered", "columns come in another order; matched by name"))
    gone = [name for name in before if name not in now]
    new = [name for name in now if name not in before]
    renamed = _renamed({name: usual.features[name] for name in gone}, new, rows)
    for name in gone:
        hint = f"; perhaps it is {renamed[name]!r} now" if name in renamed else ""
        found.append(Issue(name, "column_gone", f"is not in the current rows{hint}"))
    found += [Issue(name, "column_new", "is not in the reference; not judged") for name in new]
    return found


def _renamed(gone: dict[str, Feature], new: list[str], rows: Rows) -> dict[str, str]:
    """For columns that are gone, the new one that looks most like it, if any does."""
    if not rows.rows or not gone or len(gone) * len(new) > _PAIRS:
        return {}
    best: dict[str, tuple[float, str]] = {}
    for name, feature in gone.items():
        if feature.sketch is None or not feature.sketch.n or feature.sketch.constant:
            continue
        for other in new:
            one = _as(rows, other, feature)
            if one is None or one.sketch is None or 2 * one.sketch.n < rows.rows:
                continue
            effect = contrast(feature.sketch, one.sketch, dependence=1.0).effect
            if effect < best.get(name, (_ALIKE, ""))[0]:
                best[name] = (effect, other)
    return {name: other for name, (_, other) in best.items()}


def _as(rows: Rows, column: str, like: Feature) -> Feature | None:
    """A column counted with another one's layout; None where it is of another kind."""
    table = rows.sample([column])
    small = Rows(rows.name, table.schema, table.num_rows, table=table)
    found = count(small, like=Reference(0, {column: like}), threads=1).features[column]
    return None if found.unreadable else found
