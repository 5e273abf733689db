from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain.document import Hit
from holdfast.errors import SettingsError
from holdfast.pipeline.rank import RankSettings, rank


def hit(name: str, score: float) -> Hit:
    return Hit(chunk=name, document="d", score=score, similarity=0.5, lexical=1.0, row=0)


votes = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000))
scores = st.floats(-10.0, 10.0).map(lambda value: round(value, 6))
hit_lists = st.lists(scores, max_size=20).map(
    lambda values: [hit(str(i), v) for i, v in enumerate(sorted(values, reverse=True))]
)
ratings = st.dictionaries(st.integers(0, 19).map(str), votes)
settings = st.builds(RankSettings, weight=st.floats(0.0, 0.5), prior=st.floats(0.1, 100.0))


def test_without_ratings_nothing_changes() -> None:
    hits = [hit("a", 0.9), hit("b", 0.9), hit("c", 0.1)]
    assert rank(hits, {}) == hits


def test_votes_move_a_hit_and_leave_its_other_numbers() -> None:
    ranked = rank([hit("a", 1.0), hit("b", 0.95)], {"b": (12, 0)})
    assert [(h.chunk, h.score) for h in ranked] == [("b", 1.056875), ("a", 1.0)]
    assert ranked[0].lexical == 1.0


def test_a_few_votes_move_little() -> None:
    (one,) = rank([hit("a", 1.0)], {"a": (1, 0)})
    (many,) = rank([hit("a", 1.0)], {"a": (1000, 0)})
    assert 1.0 < one.score < 1.04
    assert many.score == pytest.approx(1.15, abs=0.001)


def test_equal_votes_both_ways_change_nothing() -> None:
    assert rank([hit("a", 0.7)], {"a": (50, 50)})[0].score == 0.7


@given(hit_lists, ratings, settings)
def test_a_score_stays_within_its_bounds(
    hits: list[Hit], given_ratings: dict[str, tuple[int, int]], bounds: RankSettings
) -> None:
    before = {h.chunk: h.score for h in hits}
    ranked = rank(hits, given_ratings, settings=bounds)
    assert sorted(h.chunk for h in ranked) == sorted(before)
    for h in ranked:
        slack = abs(before[h.chunk]) * bounds.weight + 1e-6
        assert abs(h.score - before[h.chunk]) <= slack
        assert h.score == round(h.score, 6)
    assert [h.score for h in ranked] == sorted((h.score for h in ranked), reverse=True)


@given(hit_lists, ratings, settings)
def test_a_clear_lead_is_never_lost(
    hits: list[Hit], given_ratings: dict[str, tuple[int, int]], bounds: RankSettings
) -> None:
    place = {h.chunk: i for i, h in enumerate(rank(hits, given_ratings, settings=bounds))}
    for i, better in enumerate(hits):
        for worse in hits[i + 1 :]:
            clear = better.score * (1 - bounds.weight) > worse.score * (1 + bounds.weight)
            if worse.score >= 0 and clear:
                assert place[better.chunk] < place[worse.chunk]


@given(votes, st.floats(0.001, 10.0), settings)
def test_one_vote_more_never_hurts(
    given_votes: tuple[int, int], score: float, bounds: RankSettings
) -> None:
    up, down = given_votes

    def scored(u: int, d: int) -> float:
        return rank([hit("a", score)], {"a": (u, d)}, settings=bounds)[0].score

    assert scored(up + 1, down) >= scored(up, down) >= scored(up, down + 1)


@given(hit_lists, settings)
def test_equal_scores_keep_their_order(hits: list[Hit], bounds: RankSettings) -> None:
    assert rank(hits, {h.chunk: (3, 3) for h in hits}, settings=bounds) == hits


@pytest.mark.parametrize(("weight", "prior"), [(-0.1, 4), (1.0, 4), (math.nan, 4), (0.1, 0)])
def test_settings_have_bounds(weight: float, prior: float) -> None:
    with pytest.raises(SettingsError):
        RankSettings(weight=weight, prior=prior)
