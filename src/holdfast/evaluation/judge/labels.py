"""Files of human labels: answers, or outputs of runs, that people called good or bad.

JSON lines or CSV. A row has a ``label`` (pass or fail, true or false, 1 or 0 ...), and says what it
labels: ``run``, ``case`` and ``sample`` (default 0), or an ``answer`` with what the judge's prompt
shows besides (``question``, ``passages``, ``reference``, ``facts``, ``forbidden``). Optional:
``annotator``, so that several people may label the same; ``application``; ``model``, which wrote
the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from holdfast.domain.dataset import Case
from holdfast.domain.digest import digest, digest_bytes
from holdfast.domain.score import Output, Passage, Sample
from holdfast.errors import UsageError
from holdfast.evaluation.importing import delimited, jsonl
from holdfast.evaluation.importing.source import Row, Source
from holdfast.evaluation.importing.table import BETWEEN

WORDS = {
    **dict.fromkeys(("true", "pass", "passed", "good", "yes", "1"), True),
    **dict.fromkeys(("false", "fail", "failed", "bad", "no", "0"), False),
}
TEXTS = ("question", "answer", "reference")
LISTS = ("passages", "facts", "forbidden")
NAMES = ("run", "case", "annotator", "application", "model")
FIELDS = ("label", *NAMES, "sample", *TEXTS, *LISTS)

Find: TypeAlias = Callable[[str, str, int], Sample | None]
"""The output of a run by case and sample; None when there is none."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An answer with what people said of it; ``label`` is what most of them said."""

    sample: Sample
    label: bool
    ratings: tuple[tuple[str, bool], ...]
    where: str = ""
    """File and line."""
    run: str = ""
    model: str = ""
    """What wrote the answer, where that is known."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labelled answers of a file; ``ties`` were left out, people being split evenly."""

    items: tuple[Labelled, ...]
    ties: int
    digest: str
    """sha256 of the file."""


@dataclass(frozen=True, slots=True)
class _Label:
    """One row: somebody's word on one answer."""

    where: str
    sample: Sample
    label: bool
    annotator: str
    run: str
    model: str


def read(path: Path, *, application: str = "", find: Find) -> Labels:
    """The labels of a file for one application. Rows of other applications are left out.

    Raises ``UsageError`` that names file and line.
    """
    try:
        source = Source(path.name, path.read_bytes())
    except OSError as e:
        raise UsageError(f"{str(path)!r} cannot be read: {e.strerror or e}") from e
    rows = _rows(source)
    if not rows:
        raise UsageError(f"{source.name}:1: there is no label in it")
    given = [
        _label(row, find=find)
        for row in rows
        if str(row.value.get("application") or "") == application
    ]
    if not given:
        told = f" of application {application!r}" if application else " without an application"
        known = sorted({str(r.value.get("application") or "") for r in rows} - {""})
        raise UsageError(
            f"{source.name}:1: none of {len(rows)} labels is{told}"
            + (f"; give --application {known[0]}" if known else "")
        )
    items = _grouped(given)
    decided = [item for item in items if item is not None]
    _both(given, decided)
    return Labels(tuple(decided), len(items) - len(decided), digest_bytes(source.data))


def _rows(source: Source) -> list[Row]:
    if source.text.lstrip()[:1] in ("", "{", "["):
        found = list(jsonl.rows(source))
    else:
        columns = delimited.header(source)
        if "label" not in columns:
            raise UsageError(f"{source.name}:1: no column 'label'; the columns are {columns!r}")
        found = [Row(source.at(line), _cells(r)) for line, r in delimited.records(source)]
    for row in found:
        strange = next((name for name in row.value if name not in FIELDS), None)
        if strange is not None:
            raise UsageError(
                f"{row.where}: unknown field {strange!r}; the fields are {', '.join(FIELDS)}"
            )
    return found


def _cells(record: Mapping[str, str]) -> dict[str, Any]:
    """A CSV record without its empty cells, its lists split."""
    found: dict[str, Any] = {name: cell for name, cell in record.items() if cell.strip()}
    for name in LISTS:
        if name in found:
            found[name] = [part.strip() for part in found[name].split(BETWEEN)]
    return found


def _label(row: Row, *, find: Find) -> _Label:
    value, where = row.value, row.where
    said = WORDS.get(str(value.get("label", "")).strip().lower())
    if said is None:
        raise UsageError(
            f"{where}: label {value.get('label')!r} is neither good nor bad; write pass or fail, "
            "or delete the row"
        )
    for name in (*TEXTS, *NAMES):
        if not isinstance(value.get(name, ""), str):
            raise UsageError(f"{where}: {name} {value[name]!r} must be a text")
    run = value.get("run", "")
    sample = _output(value, where, find=find) if run else _answer(value, where)
    return _Label(where, sample, said, value.get("annotator", ""), run, value.get("model", ""))


def _output(value: Mapping[str, Any], where: str, *, find: Find) -> Sample:
    """The output of a run that a row labels."""
    given = value.get("sample", 0)
    if not str(given).isdecimal() or "case" not in value:
        raise UsageError(f"{where}: beside its run a label needs a case, and a sample from 0")
    found = find(value["run"], value["case"], int(given))
    if found is None:
        raise UsageError(
            f"{where}: run {value['run']!r} has no output of case {value['case']!r}, sample {given}"
        )
    if found.output.error:
        raise UsageError(f"{where}: that output is an infrastructure error; there is no answer")
    answer = value.get("answer", found.output.answer)
    if _plain(answer) != _plain(found.output.answer):
        told = f"{found.output.answer[:60]!r}, not {answer[:60]!r}"
        raise UsageError(f"{where}: the run answered {told}")
    return found


def _plain(text: str) -> str:
    """A text as spreadsheets may have left it: spaces, and a quote before a formula."""
    return " ".join(text.split()).lstrip("'")


def _answer(value: Mapping[str, Any], where: str) -> Sample:
    """The answer that a row brings along."""
    if not isinstance(value.get("answer"), str):
        raise UsageError(f"{where}: nothing is labelled; give a run and a case, or an answer")
    lists: dict[str, tuple[str, ...]] = {}
    for name in LISTS:
        given = value.get(name, ())
        texts = (given,) if isinstance(given, str) else given
        if not isinstance(texts, list | tuple) or not all(isinstance(t, str) for t in texts):
            raise UsageError(f"{where}: {name} {given!r} must be a list of texts")
        lists[name] = tuple(texts)
    shown = {**{n: value.get(n, "") for n in TEXTS}, **{n: list(lists[n]) for n in LISTS}}
    case = Case(
        digest(shown),
        value.get("question", ""),
        reference=value.get("reference", ""),
        facts=lists["facts"],
        forbidden=lists["forbidden"],
    )
    passages = tuple(Passage("", "", "", text) for text in lists["passages"])
    return Sample(case, Output(case.id, 0, value["answer"], "answered", passages=passages))


def _grouped(given: Sequence[_Label]) -> list[Labelled | None]:
    """Labels by answer; None where people are split evenly."""
    several: dict[tuple[str, str, int], list[_Label]] = {}
    for one in given:
        key = (one.run, one.sample.case.id, one.sample.output.sample)
        same = several.setdefault(key, [])
        if any(one.annotator == other.annotator for other in same):
            who = repr(one.annotator) if one.annotator else "the same annotator"
            raise UsageError(
                f"{one.where}: {who} labelled this answer before; name the annotator of each label"
            )
        same.append(one)
    return [_decided(same) for same in several.values()]


def _decided(same: Sequence[_Label]) -> Labelled | None:
    good = sum(one.label for one in same)
    if 2 * good == len(same):
        return None
    first = same[0]
    ratings = tuple((one.annotator, one.label) for one in same)
    return Labelled(
        first.sample, 2 * good > len(same), ratings, first.where, first.run, first.model
    )


def _both(given: Sequence[_Label], items: Sequence[Labelled]) -> None:
    kinds = {item.label for item in items}
    if len(kinds) == 1:
        kind, other = ("pass", "fail") if True in kinds else ("fail", "pass")
        raise UsageError(
            f"{given[0].where}: all {len(items)} labels from here on say {kind!r}; label answers "
            f"that {other} too: sensitivity and specificity need both"
        )
    if not kinds:
        raise UsageError(f"{given[0].where}: people are split evenly on every answer")


def named(item: Labelled, model: str) -> Labelled:
    """The item with the model that wrote it, unless the file said so itself."""
    return item if item.model else replace(item, model=model)
