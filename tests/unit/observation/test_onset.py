from __future__ import annotations

from holdfast.observation.onset import onset


def test_the_change_is_found_within_its_range() -> None:
    events = [(n * 1000, n % 20 == 0) for n in range(200)] + [(n * 1000, n % 3 > 0)
              for n in range(200, 260)]  # fmt: skip
    found = onset(events)
    assert found.earliest <= 200_000 <= found.latest
    assert found.before < 0.1
    assert found.after > 0.5
    assert found.p_value < 0.01


def test_better_is_no_beginning_of_trouble_and_few_say_nothing() -> None:
    assert onset([(n, n < 20) for n in range(40)]) is None
    assert onset([(1, True)]) is None
