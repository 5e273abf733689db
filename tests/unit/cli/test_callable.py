from __future__ import annotations

import pytest

from holdfast.cli.callable import load
from holdfast.domain.dataset import Case
from holdfast.errors import UsageError

CODE = """
from holdfast.domain.score import Output

def plain(question):
    return question.upper()

def seeded(question, *, seed, history):
    return f"{question} {seed} {len(history)}"

async def later(question, **known):
    return known["case"].id

def whole(question):
    return Output("", 0, "costs", "answered", cost=0.5)

def broken(question):
    return 42

VALUE = 3
"""
CASE = Case("c1", "hello", history=(("a", "b"),))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"bot_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(CODE)
    return tmp_path, name


@pytest.mark.parametrize(
    ("function", "answer"),
    [("plain", "HELLO"), ("seeded", "hello 7 1"), ("later", "c1")],
)
def test_a_function_gets_what_it_asks_for(folder, function, answer) -> None:
    own = load(f"{folder[1]}:{function}", folder=folder[0])
    assert own.name.endswith(f":{function}")
    assert own.ask(CASE, 7) == answer


def test_an_output_may_be_given_whole_and_nothing_else(folder) -> None:
    assert load(f"{folder[1]}:whole", folder=folder[0]).ask(CASE, 7).cost == 0.5
    with pytest.raises(TypeError, match="gave int; it must give a text"):
        load(f"{folder[1]}:broken", folder=folder[0]).ask(CASE, 7)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bot", "must be MODULE:FUNCTION"),
        (":answer", "must be MODULE:FUNCTION"),
        ("no_such_module:answer", "cannot import 'no_such_module'"),
        ("json:nothing", "'json' has no function 'nothing'"),
        ("{own}:VALUE", "has no function 'VALUE'"),
    ],
)
def test_mistakes_are_told(folder, name, message) -> None:
    with pytest.raises(UsageError, match=message):
        load(name.format(own=folder[1]), folder=folder[0])


def test_a_builtin_gets_the_question_alone(tmp_path) -> None:
    assert load("builtins:ascii", folder=tmp_path).ask(Case("c", "grüß"), 1) == "'gr\\xfc\\xdf'"
