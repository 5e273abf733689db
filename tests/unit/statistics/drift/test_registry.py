"""The house tests: what every drift detector must do. A detector in the registry is enrolled."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import math
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.drift import registry
from holdfast.statistics.drift.calibrate import Resampling, calibrate
from holdfast.statistics.drift.registry import BATCH, STREAM, batch, stream
from holdfast.statistics.drift.score import DriftScore

ROWS, WINDOW = 400, 100
OTHERS = {
    "__init__",
    "betting_bins",  # bets on counts of bins, not on rows: test_betting_bins.py
    "bins",
    "block_length",
    "calibrate",
    "changepoint",
    "gamblers",
    "project",
    "registry",
    "score",
    "within",
}
"""Modules of the package that are no detectors of rows."""

WITHOUT_P_VALUE = {"wasserstein", "psi", "jensen_shannon", "frechet"}
NEEDS_TWO_ROWS = {"energy", "domain_classifier", "mmd", "frechet"}
NEEDS_RIVER = {"adwin"}
STREAMS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name in NEEDS_RIVER and importlib.util.find_spec("river") is None,
            reason="river is not installed",
        ),
    )
    for name in STREAM
]
KINDS = [(name, kind) for name, detector in BATCH.items() for kind in detector.kinds]


def draw(kind, rng, n, *, shift=0.0):
    """Rows of a kind; ``shift`` moves them, in standard deviations or alike."""
    if kind == "numbers":
        return rng.normal(shift, 1.0, size=n)
    if kind == "labels":
        p = np.array([0.6, 0.3, 0.1]) + shift * np.array([-0.3, 0.1, 0.2])
        return rng.choice(["ok", "refused", "empty"], size=n, p=p)
    return rng.normal(shift / 2, 1.0, size=(n, 48))


def test_every_detector_file_is_registered() -> None:
    files = {path.stem for path in Path(registry.__file__).parent.glob("*.py")}
    assert files - OTHERS == set(BATCH) | set(STREAM)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(StatisticsError, match="no batch detector 'kl'; there are ks, "):
        batch("kl")
    with pytest.raises(StatisticsError, match="no stream detector 'kl'; there are shiryaev"):
        stream("kl", [0.0])


@pytest.mark.parametrize("name", [*BATCH, *STREAM])
def test_docstrings_name_a_paper_and_show_an_example(name) -> None:
    module = importlib.import_module(f"holdfast.statistics.drift.{name}")
    documented = (
        module.compare
        if name in BATCH
        else next(
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if member.__module__ == module.__name__
        )
    )
    text = inspect.getdoc(documented)
    assert re.search(r"\b(19|20)\d\d\b", text), "no year of a paper"
    assert ">>>" in text or "::" in text
    assert "Raises:" in text


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_score_says_what_was_compared(name, kind) -> None:
    rng = np.random.default_rng(0)
    score = batch(name).compare(draw(kind, rng, 60), draw(kind, rng, 50))
    assert isinstance(score, DriftScore)
    assert score.detector == name
    assert (score.reference_rows, score.current_rows) == (60, 50)
    assert math.isfinite(score.statistic)
    assert 0 <= score.effect < math.inf
    if name in WITHOUT_P_VALUE:
        assert score.p_value is None
    else:
        assert 0 < score.p_value <= 1


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kind in KINDS if name not in WITHOUT_P_VALUE]
)
def test_p_values_are_no_smaller_than_they_say(name, kind) -> None:
    rng = np.random.default_rng(1)
    compare = batch(name).compare
    p_values = [compare(draw(kind, rng, 60), draw(kind, rng, 40)).p_value for _ in range(60)]
    # Nominal 10 %; 3 standard errors of 60 draws are 11.6 %.
    assert np.mean(np.array(p_values) <= 0.1) <= 0.216


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_calibrated_threshold_is_calm_without_a_change_and_sees_one(name, kind) -> None:
    rng = np.random.default_rng(2)
    compare, reference = batch(name).compare, draw(kind, rng, ROWS)
    if "p_value" in inspect.signature(compare).parameters:
        compare = partial(compare, p_value=False)
    how = Resampling(resamples=40, block=1)
    alarm = calibrate(compare, reference, window=WINDOW, alarm_rate=0.05, resampling=how)
    calm = [alarm.fires(compare(reference, draw(kind, rng, WINDOW))) for _ in range(20)]
    # Nominal 5 %; the threshold itself is known to a few percent from 40 windows.
    assert sum(calm) <= 6
    changed = [alarm.fires(compare(reference, draw(kind, rng, WINDOW, shift=1))) for _ in range(5)]
    assert all(changed)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_effects_do_not_grow_with_the_sample(name, kind) -> None:
    rng = np.random.default_rng(3)
    compare = batch(name).compare
    few, many = (
        np.median(
            [compare(draw(kind, rng, n), draw(kind, rng, n, shift=0.7)).effect for _ in range(5)]
        )
        for n in (150, 500)
    )
    assert many <= 1.5 * few + 0.05


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_result_repeats_itself(name, kind) -> None:
    rng = np.random.default_rng(4)
    reference, current = draw(kind, rng, 80), draw(kind, rng, 60)
    compare = batch(name).compare
    assert compare(reference, current) == compare(reference, current)
    if "seed" in inspect.signature(compare).parameters:
        assert compare(reference, current, seed=5) == compare(reference, current, seed=5)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_constant_samples_are_equal(name, kind) -> None:
    constant = {
        "numbers": np.full(30, 0.7),
        "labels": ["ok"] * 30,
        "points": np.full((30, 5), 0.7),
    }[kind]
    score = batch(name).compare(constant, constant)
    assert score.effect == pytest.approx(0, abs=1e-9)
    assert score.p_value in (None, 1)
    assert math.isfinite(score.statistic)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_constant_reference_sees_another_constant(name, kind) -> None:
    first, second = {
        "numbers": (np.full(60, 0.7), np.full(60, 0.8)),
        "labels": (["ok"] * 60, ["refused"] * 60),
        "points": (np.full((60, 5), 0.7), np.full((60, 5), 0.8)),
    }[kind]
    score = batch(name).compare(first, second)
    assert score.effect > 0.5
    assert score.p_value is None or score.p_value < 0.01


@pytest.mark.parametrize("spoilt", ["empty", "nan", "inf", "missing"])
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_spoilt_rows_are_refused(name, kind, spoilt) -> None:
    rows = draw(kind, np.random.default_rng(5), 20)
    bad = rows[:0] if spoilt == "empty" else rows.astype(object)
    if spoilt != "empty":
        bad[3] = {"nan": math.nan, "inf": math.inf, "missing": None}[spoilt]
        if spoilt != "missing" and kind != "labels":
            bad = bad.astype(float)
    for first, second in ((rows, bad), (bad, rows)):
        with pytest.raises(StatisticsError):
            batch(name).compare(first, second)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_one_row_is_refused_or_scored(name, kind) -> None:
    rows = draw(kind, np.random.default_rng(6), 20)
    if name in NEEDS_TWO_ROWS:
        with pytest.raises(StatisticsError, match="1 rows; at least"):
            batch(name).compare(rows, rows[:1])
    else:
        assert math.isfinite(batch(name).compare(rows, rows[:1]).statistic)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_without_a_change_is_calm(name) -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(10):
        detector = stream(name, rng.random(2_000) < 0.1)
        for x in rng.random(1_500) < 0.1:
            detector.update(x)
        alarms += detector.drifted
    assert alarms <= 1


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_with_a_change_is_noticed_and_stays_noticed(name) -> None:
    rng = np.random.default_rng(8)
    detector = stream(name, rng.random(2_000) < 0.1)
    for x in rng.random(500) < 0.1:
        detector.update(x)
    assert not detector.drifted
    for x in rng.random(1_000) < 0.5:
        detector.update(x)
    assert detector.drifted
    assert 500 < detector.alarm_at <= 1_500
    for x in rng.random(500) < 0.1:
        detector.update(x)
    assert detector.drifted
    assert detector.n == 2_000


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_repeats_itself(name) -> None:
    rng = np.random.default_rng(9)
    reference, values = rng.random(100) < 0.3, rng.random(200) < 0.5
    first, second = stream(name, reference), stream(name, reference)
    for x in values:
        first.update(x)
        second.update(x)
    assert first.value == second.value
    assert math.isfinite(first.value)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_a_stream_refuses_spoilt_values_and_goes_on(name, x) -> None:
    detector = stream(name, np.tile([0.0, 1.0], 50))
    detector.update(1.0)
    before = detector.value
    with pytest.raises(StatisticsError):
        detector.update(x)
    assert detector.value == before
    detector.update(0.0)
    assert detector.n == 2


@pytest.mark.parametrize("name", ["shiryaev_roberts", "betting_two_sample"])
@pytest.mark.parametrize("reference", [[], [0.5], [math.nan] * 30, [math.inf] * 30])
def test_a_stream_refuses_a_spoilt_reference(name, reference) -> None:
    with pytest.raises(StatisticsError):
        stream(name, reference)


@pytest.mark.parametrize("name", STREAMS)
def test_a_constant_stream_is_calm(name) -> None:
    detector = stream(name, np.zeros(500))
    for _ in range(2_000):
        detector.update(0.0)
    assert not detector.drifted
