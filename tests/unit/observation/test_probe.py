from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from holdfast.errors import NotFoundError, SettingsError
from holdfast.observation.duration import MINUTE
from holdfast.observation.probe import FILE, Schedule, load, parse


def test_a_probe_has_defaults() -> None:
    one = parse('[probes.returns]\nquestion = "May I?"').named("returns")
    assert (one.samples, one.baseline, one.period, one.severity) == (5, 60, 15 * MINUTE, "page")
    assert one.rounds_a_year == 35_040


def test_the_starter_asks_nothing_until_its_signs_are_taken_away() -> None:
    text = (files("holdfast.operations") / "starter" / "probes.toml").read_text()
    assert parse(text) == Schedule()
    begun = "\n".join(line.removeprefix("# ") for line in text.splitlines()[3:])
    assert parse(begun).named("returns").samples == 5


def test_no_file_is_no_probe(tmp_path: Path) -> None:
    assert load(tmp_path) == Schedule()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[probes.a]\nquestion = "?"\nevery = "soon"', f"{FILE}:3: probes.a.every: .*'soon'"),
        ('[probes.a]\nquestion = "?"\nevery = "30s"', f"{FILE}:3: .*once in a minute"),
        ('[probes.a]\nquestion = "?"\nsamples = 0', f"{FILE}:3: probes.a.samples"),
        ('[probes.a]\nquestion = "?"\nbaseline = 10', f"{FILE}:3: probes.a.baseline"),
        ('[probes.a]\nquestion = "?"\nweekly = 1', f"{FILE}:3: probes.a.weekly: unknown key"),
        ("[probes.a]\nevery = '1h'", f"{FILE}:1: probes.a.question: Field required"),
        ("tokens_per_day = -1", f"{FILE}:1: tokens_per_day"),
        ("= 1", "not valid TOML"),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse(text)


def test_an_unknown_probe_names_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="no probe 'b'; there are a"):
        parse('[probes.a]\nquestion = "?"').named("b")
