from __future__ import annotations

from holdfast.evaluation.gate import Row, Shift
from holdfast.evaluation.report.words import against, claim, found
from holdfast.statistics.paired import McNemar


def test_a_row_is_told_in_words() -> None:
    row = Row(
        "facts", "sale", "margin", "inconclusive", 0.05, 40, -0.1, -0.2, 0.01,
        more=1200,
        against=tuple(Shift(f"c{n}", 0.0, 1.0) for n in range(7)),
        changed=McNemar(5, 1, 40, 0.109, "less"),
    )  # fmt: skip
    assert claim(row) == "facts [sale] margin 0.05"
    assert found(row) == (
        "-0.1 [-0.2, +0.01] on 40 cases; lost 5, gained 1 (McNemar p 0.11); "
        "about 1,200 more cases would decide"
    )
    assert against(row).startswith("c0 (0, was 1), c1")
    assert against(row).endswith("c4 (0, was 1) and 2 more")
    empty = Row("facts", "", "threshold", "inconclusive", 0.9, 0, reason="no case has a score")
    assert (claim(empty), found(empty)) == ("facts threshold 0.9", "no case has a score")
    assert against(empty) == ""
