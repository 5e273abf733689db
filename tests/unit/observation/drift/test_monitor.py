from __future__ import annotations

from importlib.resources import files

import pytest

from holdfast.errors import SettingsError
from holdfast.observation.drift.monitor import load, parse
from holdfast.observation.duration import DAY

ONE = '[[monitors]]\nname = "answers"\nwatch = ["latency"]\n'


def test_what_stands_above_holds_for_each_and_each_may_differ() -> None:
    found = parse(f"window = 30\nreference = 90\n{ONE}\n[[monitors]]\nname = 'b'\n"
                  "watch = ['cost']\nwindow = 45\n")  # fmt: skip
    assert [(m.name, m.window, m.reference) for m in found.monitors] == [
        ("answers", 30, 90),
        ("b", 45, 90),
    ]


def test_a_reference_belongs_to_what_is_watched() -> None:
    (one,), (floor,), (more,) = (
        parse(text).monitors
        for text in (ONE, f"floor = 0.2\n{ONE}", ONE.replace('"latency"', '"latency", "cost"'))
    )
    assert one.digest == floor.digest != more.digest


def test_a_reference_may_be_a_time() -> None:
    (days,), (weeks,), (short,) = (
        parse(f"window = 30\nreference = '{given}'\n{ONE}").monitors
        for given in ("28 days", "4 weeks", "6h")
    )
    assert days.reference == weeks.reference == "28d"
    assert days.digest == weeks.digest != short.digest
    assert (days.lasts, days.first) == (28 * DAY, 120)


def test_the_starter_is_valid() -> None:
    text = (files("holdfast.operations") / "starter" / "monitors.toml").read_text()
    assert [m.name for m in parse(text).monitors] == [
        "questions",
        "answers",
        "retrieval",
        "scores",
        "users",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[monitors]", "not valid TOML"),
        (ONE.replace("latency", "latensy"), "no signal 'latensy'; did you mean latency"),
        (ONE + "windw = 3\n", "unknown key"),
        (ONE + "window = 1000\n", "reference must be twice the window"),
        (ONE + ONE, "two monitors have one name"),
        ("floor = 2\n" + ONE, "floor"),
        ("reference = 'a month'\n" + ONE, "'a month' is no duration; write .* or a number of"),
        ("reference = '30 minutes'\n" + ONE, "give 1 hour to 400 days"),
        ("reference = 5\n" + ONE, "5 decisions; give 40 to 1,000,000, or '28 days'"),
        ("reference = true\n" + ONE, "reference"),
        ("window = '1 day'\n" + ONE, "'1 day' is no number of decisions, which a window is"),
        ("monitors = 3", "monitors"),
    ],
)
def test_a_mistake_is_named(text, said) -> None:
    with pytest.raises(SettingsError, match=said):
        parse(text)


def test_no_file_is_no_monitors(tmp_path) -> None:
    assert load(tmp_path).monitors == ()


def test_a_mistake_is_told_with_the_line_where_it_stands() -> None:
    first = '[[monitors]]\nname = "a"\nwatch = ["latency"]\nwindow = 40\n'
    second = '[[monitors]]\nname = "b"\nwatch = ["latency"]\n'
    for text, line in (
        (f"window = 3\n{second}", 1),
        (f"{first}{second}window = 3\n", 8),
        (f"{first}[[monitors]]\nwatch = []\n", 5),
    ):
        with pytest.raises(SettingsError, match=rf"^monitors.toml:{line}: monitors\."):
            parse(text)
