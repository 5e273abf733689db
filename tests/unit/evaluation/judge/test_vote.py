from __future__ import annotations

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.judge.vote import Vote, combine

MARKS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, None])


def votes(marks) -> list[Vote]:
    return [Vote("m", n, m, error="" if m is not None else "down") for n, m in enumerate(marks)]


@given(st.lists(MARKS, min_size=1, max_size=5), st.booleans(), st.sampled_from([0.3, 0.5, 0.8]))
def test_a_verdict_holds_whatever_missing_votes_had_said(marks, majority, threshold) -> None:
    found = combine(votes(marks), threshold=threshold, majority=majority)
    centre = statistics.median if majority else statistics.fmean
    present = [mark for mark in marks if mark is not None]
    lacking = len(marks) - len(present)
    worlds = itertools.product((0.0, 0.5, 1.0), repeat=lacking)
    possible = {centre([*present, *world]) >= threshold for world in worlds}
    if present and len(possible) == 1:
        assert found.verdict is possible.pop()
    else:
        assert found.verdict is None
    assert (found.mark is None) == (lacking > 0)
    assert 0 <= found.disagreement <= 0.5


def test_a_tie_is_no_verdict_where_votes_are_even() -> None:
    tied = votes([1.0, 0.0])
    assert combine(tied, threshold=0.5, even=True).verdict is None
    assert combine(tied, threshold=0.5).verdict is True
    assert combine(tied, threshold=0.5).disagreement == pytest.approx(0.5)


def test_the_first_failure_is_told() -> None:
    found = combine(votes([None, None]), threshold=0.5)
    assert (found.verdict, found.error) == (None, "m: down")
    unknown = combine([Vote("m", 0)], threshold=0.5)
    assert (unknown.verdict, unknown.error) == (None, "")


def test_a_vote_is_shown_briefly() -> None:
    assert Vote("m", 1, 1.0, "pass", "r" * 999).shown()["reason"] == "r" * 300
    assert Vote("m", 1, error="down").shown() == {
        "model": "m", "repeat": 1, "said": "", "error": "down",
    }  # fmt: skip
