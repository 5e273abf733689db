from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from holdfast.adapters.extractive.choose import FLOOR, SPREAD, choose
from holdfast.adapters.extractive.score import Scored
from holdfast.adapters.extractive.split import Statement
from holdfast.ports.model import Sampling

APART = np.eye(8)


def scored(*scores: float) -> list[Scored]:
    return [
        Scored(Statement(f"s{i}", "", follows=False), 0, i, value) for i, value in enumerate(scores)
    ]


def chosen(scores: list[Scored], vectors: np.ndarray = APART, **sampling: float) -> list[str]:
    picked = choose(scores, vectors, sampling=Sampling(**sampling))  # type: ignore[arg-type]
    return [item.statement.text for item in picked]


def test_the_best_is_taken_first_and_order_is_that_of_the_text() -> None:
    assert chosen(scored(0.85, 0.2, 0.9, 0.4)) == ["s0", "s2"]


def test_what_says_the_same_again_is_left() -> None:
    alike = np.ones((3, 8)) / np.sqrt(8)
    assert chosen(scored(0.9, 0.88, 0.87), alike) == ["s0"]
    assert chosen(scored(0.9, 0.88, 0.87)) == ["s0", "s1", "s2"]


def test_at_most_three_are_taken() -> None:
    assert len(chosen(scored(*[0.9] * 8))) == 3


def test_below_the_floor_there_is_nothing() -> None:
    assert chosen(scored(FLOOR - 0.001, 0.1)) == []
    assert chosen(scored(FLOOR)) == ["s0"]
    assert chosen([]) == []


def test_ties_go_to_the_earlier_one() -> None:
    alike = np.ones((2, 8)) / np.sqrt(8)
    assert chosen(scored(0.5, 0.5), alike) == ["s0"]


def firsts(temperature: float, top_p: float = 1.0, draws: int = 3_000) -> Counter[str]:
    """Which of three equal-looking statements is drawn, over seeds; alike, so only one is."""
    alike = np.ones((3, 8)) / np.sqrt(8)
    close = scored(0.60, 0.55, 0.50)
    return Counter(
        chosen(close, alike, temperature=temperature, top_p=top_p, seed=seed)[0]
        for seed in range(draws)
    )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_follow_the_softmax_of_the_scores(temperature: float) -> None:
    counts = firsts(temperature)
    weights = np.exp(np.array([0.60, 0.55, 0.50]) / (temperature * SPREAD))
    expected = 3_000 * weights / weights.sum()
    observed = [counts[f"s{i}"] for i in range(3)]
    assert chisquare(observed, expected).pvalue > 0.001


def test_temperature_changes_the_distribution() -> None:
    cold, hot = firsts(0.3), firsts(1.5)
    hot_shares = np.array([hot[f"s{i}"] for i in range(3)], float)
    observed = [cold[f"s{i}"] for i in range(3)]
    assert chisquare(observed, hot_shares / hot_shares.sum() * 3_000).pvalue < 1e-6
    assert cold["s0"] > hot["s0"] > hot["s2"] > cold["s2"]


def test_top_p_leaves_out_the_improbable() -> None:
    assert set(firsts(1.0, top_p=0.75)) == {"s0", "s1"}
    assert set(firsts(1.0, top_p=0.01)) == {"s0"}


def test_a_seed_gives_the_same_draw() -> None:
    for seed in range(50):
        both = [chosen(scored(0.6, 0.55, 0.5, 0.45), temperature=1.0, seed=seed) for _ in range(2)]
        assert both[0] == both[1]
