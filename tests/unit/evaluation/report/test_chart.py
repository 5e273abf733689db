from __future__ import annotations

from holdfast.evaluation.report.chart import Move, forest, moves


def test_the_worst_come_first_and_only_the_farthest_of_many_are_drawn() -> None:
    found = [Move(f"case-{n:03d}", n / 100, 0.5) for n in range(101)]
    svg = moves(found, higher=True)
    assert "case-000" in svg
    assert "case-100" in svg
    assert "case-045" not in svg
    assert "case-050" not in svg
    assert svg.index("case-000") < svg.index("case-100")
    lower = moves(found, higher=False)
    assert lower.index("case-100") < lower.index("case-000")


def test_where_nothing_moved_or_was_measured_there_is_no_chart() -> None:
    assert moves([Move("a", 1.0, 1.0)], higher=True) == ""
    assert forest([]) == ""
