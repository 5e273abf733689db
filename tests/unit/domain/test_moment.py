from __future__ import annotations

from holdfast.domain.moment import Cut, Piece, Timeline


def test_spans_are_disjoint_ascending_and_end_at_the_tick():
    timeline = Timeline(3, Cut(2, 20), (Piece(1, 0, 10), Piece(2, 10, 20)), frozenset(), 0)
    assert timeline.spans(25) == (Piece(1, 0, 10), Piece(2, 10, 20), Piece(3, 20, 25))


def test_spans_before_the_fork_leave_out_the_own_ticks():
    timeline = Timeline(3, Cut(2, 20), (Piece(1, 0, 10), Piece(2, 10, 20)), frozenset(), 0)
    assert timeline.spans(15) == (Piece(1, 0, 10), Piece(2, 10, 15))
    assert timeline.spans(10) == (Piece(1, 0, 10),)


def test_a_first_timeline_has_only_itself():
    assert Timeline(1, None, (), frozenset(), 0).spans(4) == (Piece(1, 0, 4),)
