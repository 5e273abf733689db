from __future__ import annotations

import numpy as np
import pytest

from holdfast.statistics.drift import chi_square, ks
from holdfast.statistics.drift.score import lot, scarcity


def test_lots_are_spread_evenly_and_repeat_themselves() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=20) for _ in range(400)]
    lots = np.sort([lot(one) for one in rows])
    assert np.abs(lots - np.arange(400) / 400).max() < 0.08
    assert lot(rows[0]) == lot(rows[0].copy()) == lot(rows[0].tolist())


@pytest.mark.parametrize("rows", [[], ["a", None], np.zeros((3, 2)), ["\ud800"], [True, False]])
def test_any_rows_draw_a_lot(rows) -> None:
    assert 0 <= lot(rows) < 1


def test_scarcity_is_the_variance_of_a_difference_of_means() -> None:
    assert scarcity(10, 40) == pytest.approx(0.125)


def _refusals(rng, n):
    return np.where(rng.random(n) < 0.06, "refused", "ok")


@pytest.mark.parametrize(
    ("compare", "draw"),
    [
        (ks.compare, lambda rng, n: rng.normal(size=n)),
        (ks.compare, lambda rng, n: rng.integers(0, 4, n).astype(float)),
        (chi_square.compare, _refusals),
    ],
)
def test_p_values_are_uniform_though_small_samples_show_few_statistics(compare, draw) -> None:
    rng = np.random.default_rng(2)
    p_values = np.array([compare(draw(rng, 50), draw(rng, 50)).p_value for _ in range(700)])
    for nominal in (0.05, 0.1):
        # Three standard errors.
        margin = 3 * (nominal * (1 - nominal) / 700) ** 0.5
        assert np.mean(p_values <= nominal) == pytest.approx(nominal, abs=margin)
