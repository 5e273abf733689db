"""Judges as files: ``judges/NAME.toml`` and the prompt beside it.

What a judge's verdicts depend on (prompt, models, how often and how they are asked) makes up its
digest; what they do not depend on (keys, limits, prices, patience) is left out of it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdfast.domain.digest import JsonObject, digest
from holdfast.errors import NotFoundError, SettingsError
from holdfast.evaluation.judge import prompt as prompts
from holdfast.evaluation.judge.prompt import ANSWER, FIRST, SECOND, Prompt
from holdfast.evaluation.judge.reply import PROTOCOL, Kind
from holdfast.ports.model import Provider
from holdfast.settings import line_of

FOLDER = "judges"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
WIDEST = 100
"""Steps of a scale."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PriceTable(_Table):
    """Dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class ModelTable(_Table):
    """``[[models]]``: one member of the judge; several make an ensemble."""

    base_url: str = Field(pattern=r"^https?://[^\s/]")
    model: str = Field(min_length=1)
    api_key_env: str = ""
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    price: PriceTable | None = None

    @property
    def provider(self) -> Provider:
        return Provider(self.base_url, self.model, self.api_key_env, self.timeout_seconds)


class BudgetTable(_Table):
    """``[budget]``: what one command may spend."""

    tokens: int | None = Field(default=None, gt=0)
    dollars: float | None = Field(default=None, gt=0)


class Terms(_Table):
    """A whole ``judges/NAME.toml``."""

    version: int = Field(default=1, ge=1)
    prompt: str
    kind: Kind = "verdict"
    scale: Annotated[tuple[int, int], Field()] = (1, 5)
    threshold: float = Field(default=0.5, gt=0, lt=1)
    combine: Literal["mean", "majority"] = "mean"
    repeats: int = Field(default=1, ge=1, le=25)
    attempts: int = Field(default=3, ge=1, le=10)
    threads: int = Field(default=4, ge=1, le=64)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=512, ge=16, le=100_000)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    structured: Literal["schema", "object", "none"] = "schema"
    budget: BudgetTable = BudgetTable()
    models: tuple[ModelTable, ...] = Field(min_length=1, max_length=16)


@dataclass(frozen=True, slots=True)
class Definition:
    """A judge as its files say: the terms, and the parsed prompt."""

    name: str
    file: str
    terms: Terms
    prompt: Prompt

    @property
    def identity(self) -> JsonObject:
        """What the verdicts depend on: the component."""
        terms = self.terms
        return {
            "kind": "judge",
            "protocol": PROTOCOL,
            "judges": terms.kind,
            "version": terms.version,
            "prompt": self.prompt.text,
            "scale": list(terms.scale) if terms.kind == "score" else None,
            "combine": terms.combine,
            "models": [{"base_url": m.base_url, "model": m.model} for m in terms.models],
            "repeats": terms.repeats,
            "temperature": terms.temperature,
            "max_tokens": terms.max_tokens,
            "seed": terms.seed,
            "structured": terms.structured,
        }

    @property
    def digest(self) -> str:
        return digest(self.identity)


def names(root: Path) -> list[str]:
    """The judges of a project folder, by name."""
    return sorted(file.stem for file in (root / FOLDER).glob("*.toml"))


def load(root: Path, name: str) -> Definition:
    """The judge ``judges/NAME.toml`` of a project folder.

    Raises ``NotFoundError`` when there is none, ``SettingsError`` that names file and line.
    """
    path = root / FOLDER / f"{name}.toml"
    if not NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(names(root))
        raise NotFoundError(
            f"no judge {name!r}; {'there are ' + known if known else f'there is none in {FOLDER}/'}"
            f": a judge is a file {FOLDER}/NAME.toml"
        )
    return parse(_read(path, file=f"{FOLDER}/{name}.toml"), name=name, folder=path.parent)


def parse(text: str, *, name: str, folder: Path) -> Definition:
    """A judge from the text of its file; its prompt is read from ``folder``."""
    file = f"{FOLDER}/{name}.toml"
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{file}: not valid TOML: {e}") from e
    try:
        terms = Terms.model_validate(values)
    except ValidationError as e:
        problem = e.errors()[0]
        keys = problem["loc"]
        told = ".".join(map(str, keys))
        raise SettingsError(f"{file}:{_line(text, keys)}: {told}: {_explained(problem)}") from e
    low, high = terms.scale
    if not 1 <= high - low <= WIDEST:
        raise SettingsError(
            f"{file}:{line_of(text, ['scale'])}: scale: [{low}, {high}] must go up, by at most "
            f"{WIDEST}"
        )
    if terms.budget.dollars is not None and any(m.price is None for m in terms.models):
        raise SettingsError(
            f"{file}:{line_of(text, ['budget', 'dollars'])}: budget.dollars: a model has no price; "
            "give each of [[models]] its price = { input = ..., output = ... } for a million tokens"
        )
    beside = folder / terms.prompt
    line = line_of(text, ["prompt"])
    if not beside.is_file() or beside.resolve().parent != folder.resolve():
        raise SettingsError(f"{file}:{line}: prompt: no file {terms.prompt!r} beside it")
    needs = (FIRST, SECOND) if terms.kind == "pair" else (ANSWER,)
    place = f"{FOLDER}/{terms.prompt}"
    return Definition(
        name, file, terms, prompts.parse(_read(beside, file=place), file=place, needs=needs)
    )


def _read(path: Path, *, file: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{file}: cannot be read: {e}") from e


def _line(text: str, keys: tuple[int | str, ...]) -> int:
    """The line of a key; of a list of tables, of the one that is meant."""
    if len(keys) > 1 and isinstance(keys[1], int):
        heads = [
            m.start() for m in re.finditer(rf"^\s*\[\[\s*{keys[0]}\s*\]\]", text, re.MULTILINE)
        ]
        if keys[1] < len(heads):
            before = text[: heads[keys[1]]].count("\n")
            part = "\n".join(text.split("\n")[before:])
            return before + line_of(part, [str(keys[0]), *map(str, keys[2:])])
    return line_of(text, [str(key) for key in keys])


def _explained(problem: Any) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "unknown key; docs/reference/judges.md has the known ones"
        case "missing":
            return "is missing"
        case "greater_than" if problem["loc"][0] == "budget":
            return f"{problem['input']!r} buys nothing; give more, or leave the line out: no limit"
    return f"{problem['msg']}, not {problem['input']!r}"
