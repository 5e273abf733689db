from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Score
from holdfast.evaluation.gate import gate
from holdfast.evaluation.judge.calibration import Item
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.rates import rates
from holdfast.evaluation.report.junit import junit
from holdfast.evaluation.report.markdown import markdown
from holdfast.evaluation.report.terminal import terminal
from holdfast.evaluation.run import Run
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.suite import parse
from holdfast.statistics.judged import prediction_powered_rate, rogan_gladen
from tests.support.judge import on, panel
from tests.unit.evaluation.judge.test_calibration import calibration, table

SUITE = 'dataset = "golden"\n[metrics.faithful]\nscorer = "judge"\noptions = { judge = "faithful" }'


@pytest.fixture
def judge(tmp_path):
    return panel(tmp_path, on("good"))


def suite(judge, text=SUITE):
    return parse(text, file="nightly.toml", parts=Parts(judges=lambda _: judge))


def measured(values, *, samples: int = 1, **detail) -> Measured:
    """A run whose case i has the samples values[i * samples : (i + 1) * samples]."""
    cases = tuple(Case(f"c{n}", "q") for n in range(len(values) // samples))
    places = [(case.id, n) for case in cases for n in range(samples)]
    outputs = {place: Output(*place, "x", "answered") for place in places}
    scores = {
        place: value if isinstance(value, Score) else Score("faithful", value, detail=detail)
        for place, value in zip(places, values, strict=True)
    }
    run = Run("r1", "nightly", "golden", "d", "b", {}, samples, 0, len(cases))
    return Measured(run, cases, outputs, {"faithful": scores})


VALUES = [True] * 80 + [False] * 20


def test_a_judge_that_nobody_calibrated_says_so_wherever_its_scores_show(judge) -> None:
    said = gate(suite(judge), measured(VALUES))
    (rate,) = said.judged
    assert (rate.calibrated, rate.corrected) == (False, ())
    assert (rate.raw.estimate, rate.judged) == (0.8, 100)
    for report in (terminal(said), markdown(said), junit(said)):
        assert "UNCALIBRATED" in report
        assert "holdfast judge calibrate faithful --labels FILE" in report


def test_a_rate_is_corrected_by_the_judges_record(judge) -> None:
    judge.calibrations = {"": calibration(table((95, 5), (10, 90)))}
    (rate,) = rates(suite(judge), measured(VALUES))
    record = judge.calibrations[""].record()
    assert rate.corrected == (rogan_gladen(80, 100, calibration=record),)
    assert (rate.calibrated, rate.note) == (True, "")
    assert rate.corrected[0].estimate == pytest.approx((0.8 + 0.9 - 1) / 0.85)
    assert "rogan-gladen 0.8235" in terminal(gate(suite(judge), measured(VALUES)))


def test_labels_of_the_run_itself_correct_without_supposing_anything(judge) -> None:
    values = [True] * 90 + [False] * 30
    own = [Item(n % 3 > 0, 1.0, verdict=True, run="r1", case=f"c{n}") for n in range(30)]
    own += [
        Item(label=False, mark=0.0, verdict=False, run="r1", case=f"c{n}") for n in range(90, 100)
    ]
    judge.calibrations = {"": calibration([*table((95, 5), (10, 90)), *own])}
    (rate,) = rates(suite(judge), measured(values))
    powered, inverted = rate.corrected
    labels = [float(item.label) for item in own]
    judged = [float(item.verdict) for item in own]
    assert powered == prediction_powered_rate(labels, judged, unlabelled=[1.0] * 60 + [0.0] * 20)
    assert inverted == rogan_gladen(
        90, 120, calibration=calibration(table((95, 5), (10, 90))).record()
    )


def test_samples_of_a_case_are_no_new_evidence(judge) -> None:
    judge.calibrations = {"": calibration(table((95, 5), (10, 90)))}
    (once,) = rates(suite(judge), measured(VALUES))
    four = [value for value in VALUES for _ in range(4)]
    (often,) = rates(suite(judge), measured(four, samples=4))
    assert often.corrected[0].width == pytest.approx(once.corrected[0].width, rel=0.02)
    assert often.raw.width == pytest.approx(once.raw.width, rel=0.02)


def test_why_there_is_no_correction_is_told(judge) -> None:
    judge.calibrations = {"": calibration(table((50, 50), (48, 52)))}
    (rate,) = rates(suite(judge), measured(VALUES))
    assert rate.corrected == ()
    assert "cannot be told from a judge that guesses" in rate.note
    text = SUITE.replace('judge = "faithful"', 'judge = "faithful", verdict = false')
    (rate,) = rates(suite(judge, text), measured([0.5] * 10))
    assert "labels of the run itself only" in rate.note
    second = 'dataset = "golden"\n[metrics.faithful]\nscorer = "grounding"\nsecond = "faithful"'
    (rate,) = rates(suite(judge, second), measured([1.0, 0.5] * 10))
    assert rate.raw.estimate == 0.75
    assert "decided only what the first scorer was unsure of" in rate.note


def test_a_calibration_of_another_application_or_model_does_not_count(judge) -> None:
    known = replace(calibration(table((95, 5), (10, 90))), served=("m-1",))
    judge.calibrations = {"support": known}
    assert not rates(suite(judge), measured(VALUES))[0].calibrated
    judge.calibrations = {"": known}
    (rate,) = rates(suite(judge), measured(VALUES, votes=[{"served": "m-2"}]))
    assert "answers with 'm-2', which was not calibrated" in rate.note
    (rate,) = rates(suite(judge), measured(VALUES, votes=[{"served": "m-1"}]))
    assert rate.note == ""


def test_failures_are_counted_and_never_scored(judge) -> None:
    values = [*VALUES, Score("faithful", None, error="down"), Score("faithful", None, unsure=True)]
    (rate,) = rates(suite(judge), measured(values))
    assert (rate.judged, rate.failed, rate.open, rate.raw.estimate) == (100, 1, 1, 0.8)
    (rate,) = rates(suite(judge), measured([Score("faithful", None, error="down")]))
    assert (rate.judged, rate.raw) == (0, None)


def test_corrected_intervals_cover_where_raw_ones_do_not(judge) -> None:
    rng = np.random.default_rng(0)
    known = calibration(table((9, 1), (1, 9)))
    raw = corrected = 0
    for _ in range(100):
        truth = rng.random(300) < 0.8
        says = np.where(truth, rng.random(300) < 0.9, rng.random(300) < 0.25)
        good, bad = rng.binomial(150, 0.9), rng.binomial(150, 0.25)
        items = tuple(table((good, 150 - good), (bad, 150 - bad)))
        judge.calibrations = {"": replace(known, items=items)}
        (rate,) = rates(suite(judge), measured([bool(x) for x in says]))
        raw += 0.8 in rate.raw
        corrected += 0.8 in rate.corrected[0]
    assert raw < 80
    assert corrected >= 90
