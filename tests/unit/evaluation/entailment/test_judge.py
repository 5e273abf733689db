from __future__ import annotations

from itertools import pairwise

import pytest

from holdfast.adapters.memory.entailment import MemoryReader
from holdfast.adapters.onnx import OnnxReader
from holdfast.domain.digest import digest
from holdfast.evaluation.entailment.features import NAMES
from holdfast.evaluation.entailment.judge import READINGS, Judge, Weights, held
from holdfast.evaluation.scorers.overlap import Pair

JUDGE = Judge(OnnxReader())
TEXT = "Shoes can be returned within 30 days. Express delivery costs 9.90 euros."
LONG = " ".join(f"Shop number {i} sells hats and gloves of every size." for i in range(80))


def flat(curve) -> Weights:
    """Weights that look at the reading alone."""
    return Weights((1.0, *[0.0] * (len(READINGS) + len(NAMES) - 1)), 0.0, curve)


def test_what_is_said_is_supported_and_an_edit_is_not() -> None:
    true, false, strange = JUDGE(
        [
            Pair("Shoes can be returned within 30 days.", TEXT),
            Pair("Shoes can be returned within 90 days.", TEXT),
            Pair("The moon is made of green cheese.", TEXT),
        ]
    )
    assert true > 0.6
    assert false < 0.5
    assert strange < 0.2


def test_the_order_of_pairs_makes_no_difference() -> None:
    pairs = [Pair(f"Express delivery costs {n} euros.", TEXT) for n in (9.90, 8, 7.5)]
    assert JUDGE(pairs[::-1]) == JUDGE(pairs)[::-1] == [JUDGE([p])[0] for p in pairs[::-1]]
    assert JUDGE([]) == []


def test_the_stored_curve_rises_and_stays_a_probability() -> None:
    curve = Weights.stored().curve
    assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(curve))
    told = [Weights.stored().probability(logit / 10) for logit in range(-200, 200)]
    assert all(a <= b for a, b in pairwise(told))
    assert 0 < told[0] < 0.5 < told[-1] < 1


def test_a_curve_is_straight_between_its_points_and_flat_beyond() -> None:
    weights = flat(((-2.0, 0.1), (0.0, 0.5), (1.0, 0.9)))
    told = [weights.probability(logit) for logit in (-9, -2, -1, 0, 0.5, 1, 9)]
    assert told == pytest.approx([0.1, 0.1, 0.3, 0.5, 0.7, 0.9, 0.9])


def test_of_several_sentences_the_least_supported_counts() -> None:
    judge = Judge(MemoryReader(), flat(((-4.0, 0.1), (4.0, 0.9))))
    good, bad = "Shoes can be returned.", "Bananas argue."
    together, alone, other = judge([Pair(f"{good} {bad}", TEXT), Pair(bad, TEXT), Pair(good, TEXT)])
    assert together == alone < other


def test_without_evidence_nothing_is_supported() -> None:
    assert max(JUDGE([Pair("Shoes fit.", ""), Pair("Shoes fit.", " \n")])) < 0.1


def test_of_long_evidence_the_part_that_tells_is_read() -> None:
    evidence = held("Express delivery costs 9.90 euros.", f"{LONG} {TEXT} {LONG}")
    assert "Express delivery costs 9.90 euros." in evidence
    assert len(evidence.split()) <= 64
    assert held("Anything.", TEXT) == TEXT


def test_the_identity_names_reader_and_weights() -> None:
    mine = Judge(MemoryReader(), flat(((-4.0, 0.1), (4.0, 0.9))))
    other = Judge(MemoryReader(), flat(((-4.0, 0.1), (4.0, 0.8))))
    names = {digest(judge.identity) for judge in (JUDGE, mine, other)}
    assert len(names) == 3
    assert JUDGE.identity["calibrated"] is True
