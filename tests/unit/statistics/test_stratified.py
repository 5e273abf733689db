from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.stratified import Stratum, next_label, stratified_rate


def test_it_covers_where_a_judge_errs_both_ways() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        truth = rng.random(1000) < 0.8
        said = np.where(rng.random(1000) < 0.85, truth, ~truth)
        strata = []
        for word in (True, False):
            members = truth[said == word]
            labels = rng.choice(members, size=40, replace=False)
            strata.append(Stratum(len(members), 40, int(labels.sum())))
        found = stratified_rate(strata)
        held += found.low <= truth.mean() <= found.high
    assert held >= 0.92 * 300


def test_a_whole_population_of_labels_leaves_no_doubt() -> None:
    found = stratified_rate([Stratum(10, 10, 7)])
    assert (found.estimate, found.low, found.high) == (0.7, 0.7, 0.7)


def test_an_unlabelled_part_could_be_anything() -> None:
    found = stratified_rate([Stratum(50, 50, 50), Stratum(50, 0, 0)])
    assert found.low < 0.5
    assert found.high == 1.0


def test_labels_go_where_they_tell_most() -> None:
    assert next_label([Stratum(100, 10, 10), Stratum(100, 10, 5)]) == 1
    assert next_label([Stratum(900, 10, 5), Stratum(100, 10, 5)]) == 0
    assert next_label([Stratum(5, 5, 5)]) is None
    assert next_label([]) is None


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(StatisticsError):
        stratified_rate([Stratum(3, 4, 1)])
    with pytest.raises(StatisticsError):
        stratified_rate([])
