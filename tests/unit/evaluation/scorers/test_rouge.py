from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.scorers.rouge import Rouge
from tests.support.samples import sample


def longest(one, other) -> int:
    """The textbook's table."""
    row = [0] * (len(other) + 1)
    for x in one:
        new = [0]
        for i, y in enumerate(other):
            new.append(row[i] + 1 if x == y else max(row[i + 1], new[i]))
        row = new
    return row[-1]


def test_the_papers_example() -> None:
    reference = "police killed the gunman"
    same, other = (
        Rouge()(sample(answer, reference=reference)).value
        for answer in ("police kill the gunman", "the gunman kill police")
    )
    assert (same, other) == (0.75, 0.5)


@given(st.lists(st.sampled_from("abc"), min_size=1), st.lists(st.sampled_from("abc"), min_size=1))
def test_it_is_f1_of_the_longest_common_subsequence(said, wanted) -> None:
    score = Rouge()(sample(" ".join(said), reference=" ".join(wanted)))
    common = longest(said, wanted)
    assert score.value == pytest.approx(2 * common / (len(said) + len(wanted)), abs=1e-6)


def test_nothing_said() -> None:
    assert Rouge()(sample("", reference="a")).value == 0.0
    assert Rouge()(sample("!", reference="?")).value == 1.0
