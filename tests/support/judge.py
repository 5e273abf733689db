"""A judge whose models are functions: what they say depends on what they are shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from holdfast.domain.patience import Patience
from holdfast.evaluation.judge.ask import Member
from holdfast.evaluation.judge.budget import Budget
from holdfast.evaluation.judge.definition import Definition, parse
from holdfast.evaluation.judge.panel import Panel
from holdfast.ports.model import Message
from tests.support.project import Script

PROMPT = "## user\n<question>{{ question }}</question>\n<answer>{{ answer }}</answer>\n"
PAIR = "## user\n{{ question }}\n<first>{{ first }}</first>\n<second>{{ second }}</second>\n"
MODEL = '[[models]]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "gpt-tiny"\n'
QUICK = Patience(first=0.0, longest=0.0)


def defined(folder: Path, *, prompt: str = "", models: str = MODEL, **terms: Any) -> Definition:
    """The judge ``faithful`` from files in a folder."""
    text = prompt or (PAIR if terms.get("kind") == "pair" else PROMPT)
    (folder / "faithful.md").write_text(text)
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in terms.items())
    file = f'prompt = "faithful.md"\n{lines}{models}'
    (folder / "faithful.toml").write_text(file)
    return parse(file, name="faithful", folder=folder)


def panel(
    folder: Path, *says: Callable[[str], str], budget: Budget | None = None, **terms: Any
) -> Panel:
    """A judge of as many models as functions; each is given the text of the last message."""
    models = [
        Script(lambda messages, say=say: say(last(messages)), name=f"m{number}")
        for number, say in enumerate(says)
    ]
    members = [Member(model.name, model, budget=budget or Budget()) for model in models]
    return Panel(defined(folder, **terms), members, patience=QUICK)


def last(messages: tuple[Message, ...]) -> str:
    return messages[-1].content


def verdict(said: str) -> str:
    return json.dumps({"reason": "so", "verdict": said})


def on(word: str) -> Callable[[str], str]:
    """Passes answers that hold a word."""

    def say(shown: str) -> str:
        answer = shown.rsplit("<answer>", maxsplit=1)[-1].split("</answer>", maxsplit=1)[0]
        return verdict("pass" if word in answer else "fail")

    return say
