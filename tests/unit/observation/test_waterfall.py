from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.observation.waterfall import waterfall

SPAN = st.fixed_dictionaries(
    {
        "span_id": st.sampled_from("abcdef"),
        "parent_id": st.sampled_from(["", *"abcdefg"]),
        "start_ns": st.integers(0, 9),
        "duration_ns": st.integers(-2, 9),
    }
)


@given(st.lists(SPAN, max_size=8, unique_by=lambda span: span["span_id"]))
def test_every_span_is_shown_once_below_its_parent(spans: list[dict[str, object]]) -> None:
    bars = waterfall(spans)
    shown = [bar.row["span_id"] for bar in bars]
    assert sorted(shown) == sorted(span["span_id"] for span in spans)
    for place, bar in enumerate(bars):
        if bar.depth:
            parent = bar.row["parent_id"]
            above = shown.index(parent)
            assert above < place
            assert bars[above].depth == bar.depth - 1
        assert bar.seconds >= 0


def test_a_trace_of_many_levels() -> None:
    spans = [
        {"span_id": str(n), "parent_id": str(n - 1), "start_ns": n, "duration_ns": 1}
        for n in range(5_000)
    ]
    assert [bar.depth for bar in waterfall(spans)] == list(range(5_000))
