from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Sample
from holdfast.errors import UsageError
from holdfast.evaluation.judge.labels import Labels, read

KNOWN = Sample(Case("shoes", "How long?"), Output("shoes", 0, "30 days", "answered"))
SPOILT = Sample(Case("late", "How long?"), Output("late", 0, "", "failed", error="429"))


def find(run: str, case: str, sample: int) -> Sample | None:
    return {("r1", "shoes", 0): KNOWN, ("r1", "late", 0): SPOILT}.get((run, case, sample))


def labels(folder: Path, *rows: dict | str, **more) -> Labels:
    file = folder / "labels.jsonl"
    file.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows))
    return read(file, find=find, **more)


GOOD = {"answer": "a", "label": "pass"}
BAD = {"answer": "b", "label": False}


def test_outputs_and_answers_are_labelled(tmp_path) -> None:
    found = labels(
        tmp_path,
        {"run": "r1", "case": "shoes", "label": "good"},
        {"question": "q", "answer": "b", "passages": ["x", "y"], "label": 0, "model": "gpt-4"},
    )
    first, second = found.items
    assert (first.sample, first.label, first.run) == (KNOWN, True, "r1")
    assert (second.label, second.model, second.where) == (False, "gpt-4", "labels.jsonl:2")
    assert [p.text for p in second.sample.output.passages] == ["x", "y"]


def test_csv_is_read_too(tmp_path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("label,answer,passages,annotator\npass,a,x|y,ann\nfail,b,,ann\n")
    found = read(file, find=find)
    assert [item.label for item in found.items] == [True, False]
    assert [p.text for p in found.items[0].sample.output.passages] == ["x", "y"]


def test_most_people_decide_and_ties_are_left_out(tmp_path) -> None:
    rows = [
        {"answer": "a", "annotator": who, "label": said}
        for who, said in zip("abc", "110", strict=True)
    ]
    tie = [
        {"answer": "t", "annotator": who, "label": said}
        for who, said in zip("ab", "10", strict=True)
    ]
    found = labels(tmp_path, *rows, *tie, BAD)
    assert [(item.label, len(item.ratings)) for item in found.items] == [(True, 3), (False, 1)]
    assert found.ties == 1


def test_an_application_picks_its_rows(tmp_path) -> None:
    rows = [
        GOOD,
        BAD,
        {**GOOD, "application": "sale"},
        {**BAD, "application": "sale", "answer": "c"},
    ]
    assert len(labels(tmp_path, *rows).items) == 2
    found = labels(tmp_path, *rows, application="sale")
    assert found.items[1].sample.output.answer == "c"
    with pytest.raises(
        UsageError, match="none of 4 labels is of application 'x'; give --application sale"
    ):
        labels(tmp_path, *rows, application="x")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "labels.jsonl:1: there is no label in it"),
        ([GOOD, {**BAD, "label": "maybe"}], ":2: label 'maybe' is neither good nor bad"),
        ([GOOD, {"answer": "x"}], ":2: label None is neither"),
        ([GOOD, {"label": "fail"}], ":2: nothing is labelled"),
        ([GOOD, {**BAD, "verdict": 1}], ":2: unknown field 'verdict'"),
        ([GOOD, {**BAD, "answer": 3}], ":2: answer 3 must be a text"),
        ([GOOD, {**BAD, "passages": [3]}], r":2: passages \[3\] must be a list of texts"),
        ([GOOD, {"run": "r2", "case": "shoes", "label": 0}], ":2: run 'r2' has no output of case"),
        ([GOOD, {"run": "r1", "case": "x", "label": 0}], ":2: run 'r1' has no output of case 'x'"),
        ([GOOD, {"run": "r1", "case": "shoes", "sample": 1, "label": 0}], "'shoes', sample 1"),
        ([GOOD, {"run": "r1", "case": "shoes", "sample": -1, "label": 0}], "a sample from 0"),
        ([GOOD, {"run": "r1", "label": 0}], ":2: beside its run a label needs a case"),
        ([GOOD, {"run": "r1", "case": "late", "label": 0}], ":2: that output is an infrastructure"),
        ([{"run": "r1", "case": "shoes", "answer": "x", "label": 0}], "answered '30 days', not"),
        ([GOOD, {**GOOD, "label": "fail"}], ":2: the same annotator labelled this answer before"),
        ([GOOD, {"answer": "b", "label": 1}], ":1: all 2 labels from here on say 'pass'"),
        ([GOOD, "{"], "labels.jsonl:2: not JSON"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_and_line(tmp_path, rows, message) -> None:
    with pytest.raises(UsageError, match=message):
        labels(tmp_path, *rows)


def test_csv_without_labels_is_told(tmp_path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("answer,good\na,1\n")
    with pytest.raises(UsageError, match=r"labels.csv:1: no column 'label'; the columns are"):
        read(file, find=find)
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "nothing.csv", find=find)
