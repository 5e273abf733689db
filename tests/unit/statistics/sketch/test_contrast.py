from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from holdfast.errors import StatisticsError
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.label import LabelLayout
from holdfast.statistics.sketch.number import NumberLayout
from holdfast.statistics.sketch.points import PointSketch

NAMES = list("abcdefgh")
SHARES = [0.4, 0.2, 0.15, 0.1, 0.08, 0.04, 0.02, 0.01]


def numbers(a: np.ndarray, b: np.ndarray) -> float:
    layout = NumberLayout.of(a)
    return contrast(layout.sketch(a), layout.sketch(b)).p_value


def labels(a: np.ndarray, b: np.ndarray) -> float:
    counts = np.bincount(a, minlength=8).tolist()
    layout = LabelLayout.of(dict(zip(NAMES, counts, strict=True)))
    return contrast(layout.sketch(NAMES, a), layout.sketch(NAMES, b)).p_value


def rate(p_values: list[float]) -> float:
    return float(np.mean(np.array(p_values) < 0.05))


@pytest.mark.parametrize(("before", "now"), [(50, 50), (500, 60), (900, 900)])
def test_unchanged_numbers_raise_the_alarm_as_often_as_said(before: int, now: int) -> None:
    rng = np.random.default_rng(1)
    found = [numbers(rng.exponential(size=before), rng.exponential(size=now)) for _ in range(3_000)]
    assert 0.04 <= rate(found) <= 0.06


@pytest.mark.parametrize(("before", "now"), [(50, 50), (500, 60), (900, 900)])
def test_unchanged_labels_raise_the_alarm_as_often_as_said(before: int, now: int) -> None:
    rng = np.random.default_rng(2)
    found = [
        labels(rng.choice(8, before, p=SHARES), rng.choice(8, now, p=SHARES)) for _ in range(600)
    ]
    assert 0.03 <= rate(found) <= 0.07


def test_rows_that_hang_together_do_not_make_alarms() -> None:
    rng = np.random.default_rng(3)

    def wave(n: int) -> np.ndarray:
        found: np.ndarray = signal.lfilter([1], [1, -0.9], rng.normal(size=n + 300))[300:]
        return found

    found = []
    for _ in range(60):
        rows = wave(12_000)
        found.append(numbers(rows[:10_000], rows[10_000:]))
    assert rate(found) <= 0.15
    # Taken as independent, most of them would.
    alone = [numbers(wave(1_000)[:500], wave(1_000)[:500]) for _ in range(40)]
    assert rate(alone) > 0.4


@pytest.mark.parametrize("change", ["place", "spread"])
def test_a_change_of_place_or_spread_is_found(change: str) -> None:
    rng = np.random.default_rng(4)
    now = rng.normal(0.3, 1, 500) if change == "place" else rng.normal(0, 1.5, 500)
    assert numbers(rng.normal(size=2_000), now) < 1e-4


def test_the_effect_does_not_grow_with_the_rows() -> None:
    rng = np.random.default_rng(5)
    layout = NumberLayout.of(rng.normal(size=20_000))
    usual = layout.sketch(rng.normal(size=100_000))
    found = contrast(usual, layout.sketch(rng.normal(0.02, 1, 100_000)))
    assert found.p_value < 0.01
    assert found.effect < 0.02


def test_embeddings_are_told_apart_by_place_and_by_spread() -> None:
    rng = np.random.default_rng(6)
    usual = PointSketch.of(rng.normal(size=(600, 64)))
    same = [contrast(usual, PointSketch.of(rng.normal(size=(200, 64)))).p_value for _ in range(99)]
    assert rate(same) < 0.12
    assert contrast(usual, PointSketch.of(rng.normal(0.5, 1, (200, 64)))).p_value < 0.001
    assert contrast(usual, PointSketch.of(rng.normal(0, 1.5, (200, 64)))).p_value < 0.001


def test_sketches_without_rows_or_of_other_layouts_are_refused() -> None:
    layout = NumberLayout.of(np.arange(9.0))
    with pytest.raises(StatisticsError, match="against 0"):
        contrast(layout.sketch(np.arange(9.0)), layout.sketch(np.empty(0)))
    other = NumberLayout.of(np.arange(5.0)).sketch(np.arange(5.0))
    with pytest.raises(StatisticsError, match="layout"):
        contrast(layout.sketch(np.arange(9.0)), other)


def test_rows_that_resemble_their_neighbours_alarm_no_more_often() -> None:
    rng = np.random.default_rng(11)
    p_values = []
    for _ in range(200):
        wave = signal.lfilter([1], [1, -0.5], rng.normal(size=5_400))[200:]
        layout = NumberLayout.of(wave[:5_000])
        found = contrast(layout.sketch(wave[:5_000]), layout.sketch(wave[5_000:], blocks=False))
        p_values.append(found.p_value)
    assert found.dependence > 1.5
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.03)
