"""Suites: what is measured on which cases, and what is good enough. One file each, in ``suites/``.

A suite is a TOML file: what to ask, then one table for each metric::

    dataset = "golden"        # a dataset of the ledger
    samples = 3               # answers to each case
    slices = ["discounts"]    # tags that are judged on their own too

    [metrics.facts]           # a metric; its scorer has the same name unless 'scorer' says other
    threshold = 0.9           # the mean must be at least so high (latency, tokens, cost: so low)
    margin = 0.05             # and may be worse than the baseline's by so much

    [metrics.first]
    scorer = "retrieval"
    options = { metric = "mrr", k = 3 }

    [metrics.grounding]
    second = "faithful"       # a judge that decides where the scorer is unsure
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from holdfast.errors import SettingsError, UsageError
from holdfast.evaluation.scorers.judge import opened
from holdfast.evaluation.scorers.registry import KINDS, Parts, build
from holdfast.evaluation.scorers.scorer import HIGHER, LABEL, Scorer
from holdfast.evaluation.scorers.second import Second
from holdfast.settings import line_of

FOLDER = "suites"
MOST_SAMPLES = 1_000

METRIC = ("scorer", "options", "threshold", "margin", "second")
SECOND = ("judge", "application")


@dataclass(frozen=True, slots=True)
class Metric:
    """A scorer under the name of its scores, and what is asked of their mean.

    ``threshold`` None asks nothing of the mean itself, ``margin`` None nothing of the difference
    to a baseline.
    """

    name: str
    scorer: Scorer
    threshold: float | None = None
    margin: float | None = None

    @property
    def higher(self) -> bool:
        """Whether higher is better."""
        return self.scorer.direction == HIGHER


@dataclass(frozen=True, slots=True)
class Suite:
    """A parsed suite. ``file`` empty: the dataset is on the ledger already."""

    name: str
    dataset: str
    metrics: tuple[Metric, ...]
    file: str = ""
    """Cases that are imported under the dataset's name first; in TOML beside the suite."""
    samples: int = 1
    seed: int = 0
    slices: tuple[str, ...] = ()
    quarantine: tuple[str, ...] = ()
    """Cases that are asked and do not count, because they were shown to be flaky."""
    confidence: float = 0.95
    threads: int = 4
    rate: float = 0.0
    """Questions a second at most; 0 sets no limit."""
    stop_early: bool = False
    """Whether to ask in random order and to end when the verdict is certain."""
    path: str = ""
    """The file that it was read from."""


def load(path: Path, *, parts: Parts) -> Suite:
    """Read a suite; its name is the file's. Raises ``SettingsError`` that names file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as e:
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.toml")))
        raise SettingsError(
            f"no suite {str(path)!r}; {'there are ' + known if known else 'write that file first'}"
        ) from e
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: cannot be read: {e}") from e
    suite = parse(text, file=str(path), parts=parts)
    file = path.parent / suite.file
    if suite.file and not file.is_file():
        raise SettingsError(f"{path}:{line_of(text, ['file'])}: file: no file {str(file)!r}")
    return replace(suite, path=str(path), file=str(file) if suite.file else "")


def parse(text: str, *, file: str, parts: Parts) -> Suite:
    """A suite from the text of its file. Raises ``SettingsError`` that names file, line and key.

    >>> text = 'dataset = "golden"\\n[metrics.facts]\\nmargin = 0.05'
    >>> suite = parse(text, file="a.toml", parts=Parts())
    >>> suite.name, suite.metrics[0].margin
    ('a', 0.05)
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{file}: not valid TOML: {e}") from e
    return _Reading(text, file, values, parts).suite()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A suite's file under way to a ``Suite``."""

    text: str
    file: str
    values: dict[str, Any]
    parts: Parts

    def suite(self) -> Suite:
        known = {
            "dataset": _word,
            "file": _word,
            "samples": _whole(1, MOST_SAMPLES),
            "seed": _whole(0, 2**31 - 1),
            "slices": _words,
            "quarantine": _words,
            "confidence": _number(0.5, 1.0),
            "threads": _whole(1, 64),
            "stop_early": _switch,
            "rate": _number(0.0, math.inf, low_too=True),
        }
        given = {name: inner for name, inner in self.values.items() if name != "metrics"}
        for name, value in given.items():
            if name not in known:
                self._fail([name], f"unknown key; the keys are {', '.join(known)} and [metrics.*]")
            given[name] = self._checked([name], known[name], value)
        name = Path(self.file).stem
        if "dataset" not in given and "file" not in given:
            self._fail(["dataset"], "is missing; name a dataset, or a 'file' of cases")
        given.setdefault("dataset", name)
        return Suite(name, metrics=self._metrics(), **given)

    def _metrics(self) -> tuple[Metric, ...]:
        tables = self.values.get("metrics")
        if not isinstance(tables, dict) or not tables:
            self._fail(["metrics"], "a suite needs a metric; write [metrics.facts] or the like")
        return tuple(self._metric(name, table) for name, table in tables.items())

    def _metric(self, name: str, table: Any) -> Metric:
        place = f"metrics.{name}"
        if not isinstance(table, dict):
            self._fail([place], f"{table!r} must be a table; write [{place}]")
        for key in table:
            if key not in METRIC:
                problem = f"unknown key; the keys are {', '.join(METRIC)}, and what a scorer takes"
                self._fail([place, key], f"{problem} goes into 'options'")
        kind, options = table.get("scorer", name), table.get("options", {})
        scorer = self._scorer(place, kind, options=options, name=name)
        if "second" in table:
            scorer = self._second(place, scorer, table["second"])
        bar = {
            key: self._checked([place, key], _bar(scorer), table[key])
            for key in ("threshold", "margin")
            if key in table
        }
        return Metric(name, scorer, **bar)

    def _scorer(self, place: str, kind: Any, *, options: Any, name: str) -> Scorer:
        if not isinstance(kind, str):
            self._fail([place, "scorer"], f"{kind!r} must be the name of a scorer")
        if not isinstance(options, dict):
            self._fail([place, "options"], f"{options!r} must be a table: {{ name = value }}")
        try:
            return build(kind, options, parts=self.parts, name=name)
        except UsageError as e:
            self._fail([place, "scorer" if kind not in KINDS else "options"], str(e), e)

    def _second(self, place: str, scorer: Scorer, value: Any) -> Scorer:
        given = {"judge": value} if isinstance(value, str) else value
        fine = isinstance(given, dict) and set(given) <= set(SECOND) and "judge" in given
        if not fine or not all(isinstance(inner, str) for inner in given.values()):
            self._fail([place, "second"], f"{value!r} must be the name of a judge")
        if scorer.direction != HIGHER:
            self._fail([place, "second"], f"a judge cannot decide a {scorer.direction} score")
        if self.parts.judges is None:
            self._fail([place, "second"], "there are no judges here")
        try:
            panel = opened(self.parts.judges, given["judge"])
        except UsageError as e:
            self._fail([place, "second"], str(e), e)
        return Second(scorer, panel, given.get("application", ""))

    def _checked(self, keys: list[str], check: Callable[[Any], Any], value: Any) -> Any:
        try:
            return check(value)
        except ValueError as e:
            self._fail(keys, str(e), e)

    def _fail(self, keys: list[str], problem: str, error: Exception | None = None) -> NoReturn:
        line = line_of(self.text, keys)
        raise SettingsError(f"{self.file}:{line}: {'.'.join(keys)}: {problem}") from error


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} must be a name")
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(set(map(str, value))) < len(value):
        raise ValueError(f"{value!r} must be a list of different names")
    return tuple(_word(inner) for inner in value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} must be true or false")  # noqa: TRY004 - said as the others are
    return value


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{value!r} must be a whole number from {low} to {high}")
        return value

    return check


def _number(low: float, high: float, *, low_too: bool = False) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not (low < value < high or (low_too and value == low)):
            begin = "from" if low_too else "above"
            end = "" if high == math.inf else f", below {high:g}"
            raise ValueError(f"{value!r} must be a number {begin} {low:g}{end}")
        return float(value)

    return check


def _bar(scorer: Scorer) -> Callable[[Any], float]:
    """What a threshold or margin may be for scores of this kind."""

    def check(value: Any) -> float:
        if scorer.direction == LABEL:
            raise ValueError("a label has no better or worse; leave it out")
        low, high = (0.0, 1.0) if scorer.direction == HIGHER else (0.0, math.inf)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high or value == math.inf:
            end = f"from {low:g} to {high:g}" if high < math.inf else "of 0 or more"
            raise ValueError(f"{value!r} must be a number {end}")
        return float(value)

    return check
