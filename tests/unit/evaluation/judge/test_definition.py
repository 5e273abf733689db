from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import NotFoundError, SettingsError
from holdfast.evaluation.judge.definition import FOLDER, load, names, parse
from holdfast.operations.init import init
from tests.support.judge import MODEL, PROMPT, defined

GOOD = """version = 2
prompt = "faithful.md"
repeats = 3

[budget]
tokens = 1000

[[models]]
base_url = "http://127.0.0.1:9/v1"
model = "a"

[[models]]
base_url = "http://127.0.0.1:9/v1"
model = "b"
"""


def read(folder: Path, text: str):
    (folder / "faithful.md").write_text(PROMPT)
    return parse(text, name="faithful", folder=folder)


def test_the_digest_covers_what_verdicts_depend_on_and_nothing_else(tmp_path: Path) -> None:
    first = defined(tmp_path)
    same = [{"attempts": 5}, {"threads": 1}, {"threshold": 0.7}]
    other = [
        {"version": 2}, {"repeats": 2}, {"temperature": 0.1}, {"max_tokens": 99}, {"seed": 1},
        {"structured": "none"}, {"combine": "majority"}, {"kind": "score"},
        {"prompt": PROMPT + "Be strict."}, {"models": MODEL.replace("tiny", "small")},
        {"models": MODEL * 2},
    ]  # fmt: skip
    assert {defined(tmp_path, **terms).digest for terms in same} == {first.digest}
    keys = MODEL + 'api_key_env = "KEY"\ntimeout_seconds = 5\nprice = { input = 1, output = 2 }\n'
    assert defined(tmp_path, models=keys).digest == first.digest
    digests = [defined(tmp_path, **terms).digest for terms in other]
    assert len({first.digest, *digests}) == len(other) + 1


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("tokens = 1000", "tokens = 0", r"judges/faithful.toml:6: budget.tokens: 0 buys nothing"),
        ("tokens = 1000", "dollars = 0", r":6: budget.dollars: 0 buys nothing"),
        ("tokens = 1000", "dollars = 1", r":6: budget.dollars: a model has no price"),
        ("tokens = 1000", "euros = 1", r":6: budget.euros: unknown key"),
        ("repeats = 3", "repeats = 0", r":3: repeats: .*not 0"),
        ("repeats = 3", 'kind = "vote"', r":3: kind: .*not 'vote'"),
        ("repeats = 3", "scale = [5, 1]", r":3: scale: \[5, 1\] must go up"),
        ("repeats = 3", "scale = [0, 1000]", r":3: scale: .* by at most 100"),
        ("repeats = 3", "threshold = 1.5", r":3: threshold: "),
        ('"faithful.md"', '"other.md"', r":2: prompt: no file 'other.md' beside it"),
        ('"faithful.md"', '"../holdfast.toml"', r":2: prompt: no file"),
        ('model = "b"', 'model = ""', r":14: models.1.model: "),
        ('model = "b"', 'modell = "b"', r":12: models.1.model: is missing"),
        ("version = 2", 'version = "x"', r":1: version: "),
        ("version = 2", "version = ", r"judges/faithful.toml: not valid TOML"),
    ],
)
def test_a_mistake_names_file_and_line(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        read(tmp_path, GOOD.replace(before, after))


def test_no_judge_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no judge 'x'; there is none in judges/"):
        load(tmp_path, "x")
    root = init(tmp_path / "shop")
    assert names(root) == ["better", "faithful"]
    for name in ("x", "../secret", "", "a/b"):
        with pytest.raises(NotFoundError, match="there are better, faithful: a judge is a file"):
            load(root, name)


def test_the_starter_judges_are_sound(tmp_path: Path) -> None:
    root = init(tmp_path / "shop")
    faithful, better = load(root, "faithful"), load(root, "better")
    assert faithful.prompt.placeholders == {"question", "passages", "answer"}
    assert better.prompt.placeholders == {"question", "passages", "first", "second"}
    assert (root / FOLDER / "faithful.toml").is_file()
    text = (root / FOLDER / "faithful.md").read_text().replace("{{ answer }}", "")
    (root / FOLDER / "faithful.md").write_text(text)
    with pytest.raises(SettingsError, match=r"judges/faithful.md:\d+: .* answer"):
        load(root, "faithful")
