from __future__ import annotations

import pytest

from holdfast.observation.duration import DAY
from holdfast.operations.watch.fitting import Fitting, Step
from holdfast.operations.watch.monitors import Kept, Monitors
from holdfast.operations.watch.movement import movement
from tests.support.project import SHOES, STUDENTS, Shop

TOML = """window = 20
reference = 40
[[monitors]]
name = "questions"
watch = ["question.length"]
[[monitors]]
name = "documents"
watch = ["retrieval.document"]
"""


@pytest.fixture
def watched(shop: Shop) -> Shop:
    (shop.root / "monitors.toml").write_text(TOML)
    return shop


def ask(shop: Shop, n: int) -> None:
    for i in range(n):
        shop.ask(STUDENTS if i % 4 == 3 else f"{SHOES[:-1]} {'very ' * (i % 3)}often?")


def step(fitting: Fitting) -> Step:
    done = fitting.step("production")
    assert done is not None
    return done


def test_monitors_are_fitted_one_by_one_once_there_are_decisions(watched: Shop) -> None:
    fitting = Fitting(watched.system)
    ask(watched, 39)
    before = watched.tick
    assert fitting.step("production") is None
    assert watched.tick == before
    ask(watched, 1)
    assert step(fitting).done.startswith("fitted to 40 decisions up to @")
    found = movement(Monitors(watched.system), Monitors(watched.system).check())
    assert [(one.automatic, one.calibrated) for one in found.monitors] == [
        (True, True),
        (False, False),
    ]
    assert step(fitting).monitor == "documents"
    assert fitting.step("production") is None
    ask(watched, 5)
    assert fitting.step("production") is None


def test_what_changed_in_the_file_is_done_again_over_the_same_time(watched: Shop) -> None:
    ask(watched, 40)
    fitting = Fitting(watched.system)
    step(fitting)
    step(fitting)
    first = Monitors(watched.system).kept("production")
    ask(watched, 10)
    changed = TOML.replace('"question.length"', '"question.length", "answer.format"')
    (watched.root / "monitors.toml").write_text(changed)
    until = first["questions"].until
    assert step(fitting).done.startswith(f"fitted again to the decisions up to @{until}")
    assert fitting.step("production") is None
    now = Monitors(watched.system).kept("production")
    assert (now["questions"].until, now["questions"].automatic) == (until, True)


def test_a_window_of_another_size_is_calibrated_again(watched: Shop) -> None:
    ask(watched, 60)
    monitors = Monitors(watched.system)
    (watched.root / "monitors.toml").write_text(TOML.replace("= 40", "= 60"))
    monitors.calibrate()
    (watched.root / "monitors.toml").write_text(
        TOML.replace("= 40", "= 60").replace("window = 20", "window = 25")
    )
    notes = {one.note for one in monitors.check().standings}
    assert notes == {"calibrated for windows of 20: 'holdfast drift calibrate'"}
    fitting = Fitting(watched.system)
    assert step(fitting).done.startswith("calibrated (1 ")
    step(fitting)
    kept = monitors.kept("production")
    assert {(one.window, one.automatic) for one in kept.values()} == {(25, False)}
    assert {one.note for one in monitors.check().standings} == {""}


def test_a_reference_of_a_time_grows_until_it_is_as_long(watched: Shop) -> None:
    toml = TOML.partition("[[")[0].replace("= 40", "= '4 days'")
    one = '[[monitors]]\nname = "questions"\nwatch = ["question.length"]\n'
    (watched.root / "monitors.toml").write_text(toml + one)
    fitting, monitors = Fitting(watched.system), Monitors(watched.system)

    def kept() -> Kept:
        return monitors.kept("production")["questions"]

    ask(watched, 79)
    assert fitting.step("production") is None
    ask(watched, 1)
    assert "80 decisions" in step(fitting).done
    days = [0]
    for _ in range(16):
        watched.parts.clock.advance(hours=12)
        ask(watched, 5)
        while fitting.step("production") is not None:
            days.append(round(kept().lasts / DAY, 1))
    assert days == [0, 1, 2.5, 4]
    assert kept().automatic
    assert kept().among == 8 * 5
    watched.parts.clock.advance(days=30)
    ask(watched, 1)
    assert fitting.step("production") is None


def test_it_can_be_left_to_people(watched: Shop) -> None:
    (watched.root / "monitors.toml").write_text(f"automatic = false\n{TOML}")
    ask(watched, 40)
    assert Fitting(watched.system).step("production") is None
    notes = {one.note for one in Monitors(watched.system).check().standings}
    assert notes == {"no reference yet: 'holdfast drift calibrate' makes it"}


def test_what_is_refused_is_tried_again_a_window_later(watched: Shop) -> None:
    (watched.root / "monitors.toml").write_text(f"season = 'week'\n{TOML}")
    ask(watched, 40)
    fitting = Fitting(watched.system)
    assert "same part of a week" in step(fitting).error
    assert "same part of a week" in step(fitting).error
    assert fitting.step("production") is None
    ask(watched, 20)
    assert step(fitting).error
