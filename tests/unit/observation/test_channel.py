from __future__ import annotations

import pytest

from holdfast.errors import SettingsError
from holdfast.observation.channel import Channels, load, parse

HOOK = '[[targets]]\nname = "oncall"\nurl = "http://127.0.0.1:9"\n'


def test_without_a_file_nobody_is_told(tmp_path) -> None:
    assert load(tmp_path) == Channels()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HOOK + "sevrities = []\n", r"alerts\.toml:4: targets\.sevrities: unknown key"),
        (HOOK + 'severities = ["fire"]\n', r"alerts\.toml:4: targets\.severities"),
        (HOOK + 'url_env = "X"\n', "either url or url_env"),
        (HOOK + HOOK, "two targets have one name"),
        ("targets = [", "not valid TOML"),
        ("repeat_hours = -1", r"alerts\.toml:1: repeat_hours"),
    ],
)
def test_a_mistake_is_named(text, says) -> None:
    with pytest.raises(SettingsError, match=says):
        parse(text)
