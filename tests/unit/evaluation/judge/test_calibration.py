from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.evaluation.judge.calibration import (
    Calibration,
    Item,
    Probe,
    choose,
    from_json,
    measure,
)
from holdfast.statistics.interval import wilson


def calibration(items: list[Item], **changes) -> Calibration:
    figures = measure(items)
    made = Calibration(
        "faithful", "d" * 64, "", 0.5, tuple(items), **figures, failed=0, undecided=0
    )
    return replace(made, **changes)


def table(good: tuple[int, int], bad: tuple[int, int], *, run: str = "") -> list[Item]:
    """(accepted, rejected) of good and of bad answers."""
    rows = [
        (True, True, good[0]),
        (True, False, good[1]),
        (False, True, bad[0]),
        (False, False, bad[1]),
    ]
    return [
        Item(label, float(verdict), verdict, run, f"c{n}")
        for label, verdict, count in rows
        for n in range(count)
    ]


def test_the_figures_are_those_of_the_table() -> None:
    found = calibration(table((90, 10), (15, 85)))
    assert found.sensitivity == wilson(90, 100)
    assert found.specificity == wilson(85, 100)
    assert found.balanced_accuracy.estimate == pytest.approx(0.875)
    assert found.kappa is not None
    assert found.kappa.estimate == pytest.approx(0.75)
    assert found.alpha == pytest.approx(0.75, abs=0.01)
    assert (found.people, found.auroc) == (None, None)
    record = found.record()
    assert (record.rejected_bad, record.bad, record.accepted_good, record.good) == (
        85,
        100,
        90,
        100,
    )


def test_labels_of_one_run_can_be_left_out() -> None:
    found = calibration(table((9, 1), (1, 9)) + table((5, 5), (5, 5), run="r1"))
    assert found.record(without="r1").sensitivity == 0.9
    assert found.record().sensitivity == 0.7
    with pytest.raises(StatisticsError, match="one kind at most"):
        calibration(table((9, 1), (1, 9), run="r1")).record(without="r1")


def test_verdicts_on_one_kind_only_say_nothing() -> None:
    with pytest.raises(StatisticsError, match="on good answers only; it needs both"):
        measure(table((9, 1), (0, 0)))
    with pytest.raises(StatisticsError, match="on no answer"):
        measure([Item(label=True, mark=None, verdict=None)])


def test_people_who_agree_are_measured_among_each_other() -> None:
    items = [
        Item(
            label, float(label), label, "", f"c{n}", 0, (("ann", label), ("bob", label ^ (n == 0)))
        )
        for n, label in enumerate([True, False] * 10)
    ]
    found = measure(items)
    assert 0.8 < found["people"] < 1
    assert found["alpha"] == 1


def test_a_threshold_is_chosen_where_it_tells_good_from_bad() -> None:
    labels = [True] * 20 + [False] * 20
    marks: list[float | None] = [0.75, 1.0] * 10 + [0.0, 0.25, 0.5, 0.5] * 5
    cut, verdicts = choose(labels, marks, default=0.5)
    assert cut == 0.625
    assert verdicts == labels
    assert choose(labels, [None, *marks[1:]], default=0.5)[1][0] is None


def test_few_marks_or_labels_keep_the_files_threshold() -> None:
    marks: list[float | None] = [1.0, 0.0] * 20
    assert choose([True, False] * 20, marks, default=0.7)[0] == 0.7
    few = [True] * 4 + [False] * 30
    assert choose(few, list(np.linspace(1, 0, 34)), default=0.7)[0] == 0.7
    assert choose([True, False], [0.5, 0.0], default=0.5, even=True)[1] == [None, False]


def test_verdicts_that_did_not_choose_their_threshold_do_not_flatter() -> None:
    rng = np.random.default_rng(0)
    apparent, honest = [], []
    for _ in range(60):
        labels = [bool(x) for x in rng.random(40) < 0.5]
        marks = [float(x) for x in rng.random(40)]
        if min(sum(labels), 40 - sum(labels)) < 5:
            continue
        cut, verdicts = choose(labels, marks, default=0.5)
        honest.append(np.mean([v is y for v, y in zip(verdicts, labels, strict=True)]))
        apparent.append(np.mean([(m >= cut) == y for m, y in zip(marks, labels, strict=True)]))
    assert np.mean(apparent) > 0.58, "noise looks good on the rows it was cut on"
    assert 0.42 < np.mean(honest) < 0.54


def test_it_is_stored_and_read_back_as_it_was() -> None:
    probe = Probe("length", 5, 1, 0, wilson(1, 5), 1.0, None)
    items = [replace(i, ratings=(("ann", i.label),)) for i in table((9, 1), (2, 8))]
    made = calibration(items, served=("m-1",), probes=(probe, Probe("family", note="unknown")))
    value = json.loads(json.dumps(made.json()))
    kept = json.loads(json.dumps([asdict(item) for item in made.items]))
    assert from_json(value, kept) == made
