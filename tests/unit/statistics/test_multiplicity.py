from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from holdfast.errors import StatisticsError
from holdfast.statistics.multiplicity import ELond, benjamini_hochberg, e_bh, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


# By seeds, for statsmodels collects garbage at every call of Holm's method.
@pytest.mark.parametrize("seed", range(8))
def test_holm_is_statsmodels(seed) -> None:
    p = np.random.default_rng(seed).beta(0.3, 2.0, size=3 * seed + 1).round(2)
    rejected, adjusted, *_ = multipletests(p, alpha=0.05, method="holm")
    found = holm(p, alpha=0.05)
    assert found.adjusted == pytest.approx(adjusted)
    assert found.rejected.tolist() == rejected.tolist()


@given(P_VALUES)
def test_benjamini_hochberg_is_statsmodels(p) -> None:
    rejected, adjusted, *_ = multipletests(p, alpha=0.1, method="fdr_bh")
    found = benjamini_hochberg(p, alpha=0.1)
    assert found.adjusted == pytest.approx(adjusted)
    # On the very threshold rounding decides, there and here.
    clear = np.abs(adjusted - 0.1) > 1e-9
    assert found.rejected[clear].tolist() == rejected[clear].tolist()


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=30))
def test_e_bh_is_benjamini_hochberg_of_reciprocals(e) -> None:
    # The definition: the k largest are rejected, k the last with e_(k) >= m / (alpha k).
    ordered = np.sort(e)[::-1]
    ranks = np.arange(1, len(e) + 1)
    k = max(
        (int(r) for r, v in zip(ranks, ordered, strict=True) if v * r * 0.05 >= len(e)), default=0
    )
    found = e_bh(e, alpha=0.05)
    assert found.rejected.sum() >= k
    assert set(np.flatnonzero(np.asarray(e) >= ordered[k - 1]) if k else []) <= set(
        np.flatnonzero(found.rejected)
    )


def test_e_bh_takes_zero_and_infinite_evidence() -> None:
    found = e_bh([0.0, np.inf, 1.0])
    assert found.rejected.tolist() == [False, True, False]
    assert found.adjusted.tolist() == [1, 0, 1]


def test_e_lond_spends_by_its_formula() -> None:
    monitor = ELond(alpha=0.1)
    assert monitor.threshold == pytest.approx(2 / 0.1)
    assert not monitor.update(19.9)
    assert monitor.threshold == pytest.approx(6 / 0.1)
    assert monitor.update(60.0)
    assert monitor.threshold == pytest.approx(12 / 0.1 / 2)
    assert (monitor.n, monitor.rejections) == (2, 1)


def test_e_lond_bounds_the_share_of_false_rejections() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(400):
        monitor, false, total = ELond(alpha=0.2), 0, 0
        for t in range(60):
            real = t % 3 == 0
            # Likelihood ratios of a normal shift of 3: e-values under the null.
            z = rng.normal(3.0 if real else 0.0)
            if monitor.update(float(np.exp(3 * z - 4.5))):
                total += 1
                false += not real
        shares.append(false / max(total, 1))
    assert np.mean(shares) <= 0.2
    assert total > 0


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [[], [1.2], [-0.1], [float("nan")]])
def test_p_values_are_checked(correct, p) -> None:
    with pytest.raises(StatisticsError):
        correct(p)


@pytest.mark.parametrize("e", [[], [-1.0], [float("nan")]])
def test_e_values_are_checked(e) -> None:
    with pytest.raises(StatisticsError):
        e_bh(e)
    if e:
        with pytest.raises(StatisticsError):
            ELond().update(e[0])


def test_alpha_is_checked() -> None:
    with pytest.raises(StatisticsError, match=r"alpha is 5"):
        holm([0.5], alpha=5)
