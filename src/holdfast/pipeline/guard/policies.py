"""The rules of ``policies.toml``."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.errors import SettingsError
from holdfast.pipeline.guard.injection import Injection
from holdfast.pipeline.guard.limit import NumericLimit
from holdfast.pipeline.guard.phrase import ForbiddenPhrase, RequiredPhrase
from holdfast.pipeline.guard.pii import NAMES, PersonalData
from holdfast.pipeline.guard.rule import (
    ACTIONS,
    ANSWER,
    PASSAGE,
    PLACES,
    QUESTION,
    REDACT,
    Condition,
    Rule,
)

REFUSAL = "I cannot answer that."
"""What is said in place of an answer when ``[block]`` or ``[fallback]`` gives no other text."""

MOST_RULES = 200
MOST_ITEMS = 1_000
LONGEST_ITEM = 200
LONGEST_TEXT = 4_000

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
WORD = re.compile(r"[^\W_]")
UNIT = re.compile(r"[^\W\d_]{1,30}(?: [^\W\d_]{1,30})?|[^\w\s]{1,3}|US\$")
REGION = re.compile(r"[A-Z]{2}")
TABLE = re.compile(r"[ \t]*(\[\[?)[ \t]*([\w.-]+)[ \t]*\]\]?")
KEY = re.compile(r"[ \t]*[\"']?([\w-]+)[\"']?[ \t]*=")

COMMON = frozenset({"id", "kind", "action", "where"})


@dataclass(frozen=True, slots=True)
class Policies:
    """Rules in the order of their file, and the texts that replace an answer."""

    rules: tuple[Rule, ...] = ()
    blocked: str = REFUSAL
    fallback: str = REFUSAL


def parse_policies(text: str, file: str = "policies.toml") -> Policies:
    """The policies of a TOML text; an empty one has none.

    >>> policies = parse_policies('''
    ... [[rules]]
    ... id = "discount-limit"
    ... kind = "numeric_limit"
    ... terms = ["discount"]
    ... unit = "%"
    ... max = 30
    ... action = "block"
    ... ''')
    >>> policies.rules[0].name
    'discount-limit'

    Raises ``SettingsError`` naming file, line and key of the first mistake.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{file}: no valid TOML: {e}") from e
    reader = _Reader(file, text)
    for key in data.keys() - {"rules", "block", "fallback"}:
        raise reader.error(key, "unknown: a policy file holds [[rules]], [block] and [fallback]")
    rules = data.get("rules", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise reader.error("rules", "write each rule below a line [[rules]]")
    if len(rules) > MOST_RULES:
        raise reader.error("rules", f"{len(rules)} rules, more than {MOST_RULES}")
    parsed = tuple(_rule(_Reader(file, text, i), table) for i, table in enumerate(rules))
    names = [rule.name for rule in parsed]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise _Reader(file, text, i).error("id", f"{name!r} is taken: give each rule its own")
    return Policies(
        parsed,
        blocked=_replacement(reader, data, "block"),
        fallback=_replacement(reader, data, "fallback"),
    )


class _Reader:
    """Typed values out of one table, with errors that name the place in the file."""

    def __init__(self, file: str, text: str, rule: int | None = None) -> None:
        self._file = file
        self._text = text
        self._rule = rule

    def error(self, key: str, problem: str) -> SettingsError:
        return SettingsError(f"{self._file}:{self._line(key)}: {key}: {problem}")

    def string(self, table: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"a text is needed, not {value!r}")
        if len(value) > LONGEST_TEXT:
            raise self.error(key, f"{len(value)} characters, more than {LONGEST_TEXT}")
        return value

    def strings(
        self, table: Mapping[str, Any], key: str, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        value = table.get(key, default)
        if isinstance(value, tuple):
            return value
        if not isinstance(value, list) or not value:
            raise self.error(key, f"a list of texts is needed, not {value!r}")
        if len(value) > MOST_ITEMS:
            raise self.error(key, f"{len(value)} texts, more than {MOST_ITEMS}")
        for item in value:
            if not isinstance(item, str) or not WORD.search(item) or len(item) > LONGEST_ITEM:
                raise self.error(
                    key, f"{item!r} is not a text of one to {LONGEST_ITEM} characters with a word"
                )
        return tuple(value)

    def choices(
        self,
        table: Mapping[str, Any],
        key: str,
        known: tuple[str, ...],
        default: tuple[str, ...],
    ) -> tuple[str, ...]:
        values = self.strings(table, key, default)
        for value in values:
            if value not in known:
                raise self.error(key, f"{value!r} is none of {', '.join(known)}")
        return tuple(dict.fromkeys(values))

    def number(self, table: Mapping[str, Any], key: str) -> float:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise self.error(key, f"a number is needed, not {value!r}")
        return float(value)

    def _line(self, key: str) -> int:
        """The line of a key in this rule's table, else of the table, else of the key anywhere."""
        seen = -1
        header = 1
        for number, line in enumerate(self._text.splitlines(), start=1):
            if table := TABLE.match(line):
                seen += table[1] == "[[" and table[2] == "rules"
                if seen == self._rule and header == 1:
                    header = number
                if self._rule is None and table[2] == key:
                    return number
            elif self._rule in (None, seen) and (found := KEY.match(line)) and found[1] == key:
                return number
        return header


def _replacement(reader: _Reader, data: Mapping[str, Any], name: str) -> str:
    table = data.get(name, {"text": REFUSAL})
    if not isinstance(table, dict) or table.keys() != {"text"}:
        raise reader.error(name, f'write [{name}] and below it text = "…", nothing else')
    return reader.string(table, "text")


def _rule(reader: _Reader, table: Mapping[str, Any]) -> Rule:
    name = reader.string(table, "id")
    if not ID.fullmatch(name):
        raise reader.error("id", f"{name!r}: use lower-case letters, digits, '-', '_', '.'")
    kind = reader.string(table, "kind")
    if kind not in KINDS:
        raise reader.error("kind", f"{kind!r} is none of {', '.join(KINDS)}")
    known = KINDS[kind]
    for key in table.keys() - COMMON - known.keys:
        raise reader.error(key, f"unknown: a {kind} rule takes {', '.join(sorted(known.keys))}")
    action = reader.string(table, "action")
    if action not in known.actions:
        raise reader.error("action", f"{action!r} is none of {', '.join(known.actions)}")
    where = reader.choices(table, "where", known.places, known.where)
    return Rule(name, kind, action, where, known.make(reader, table))


def _numeric_limit(reader: _Reader, table: Mapping[str, Any]) -> Condition:
    unit = reader.string(table, "unit")
    if not UNIT.fullmatch(unit):
        raise reader.error("unit", f"{unit!r} is no unit: write '%', a currency or one word")
    window = int(reader.number(table, "window")) if "window" in table else None
    return NumericLimit(
        reader.strings(table, "terms"),
        unit=unit,
        largest=reader.number(table, "max"),
        window=window,
    )


def _forbidden_phrase(reader: _Reader, table: Mapping[str, Any]) -> Condition:
    return ForbiddenPhrase(reader.strings(table, "phrases"))


def _required_phrase(reader: _Reader, table: Mapping[str, Any]) -> Condition:
    return RequiredPhrase(
        reader.strings(table, "phrases"), when=reader.strings(table, "when", default=())
    )


def _pii(reader: _Reader, table: Mapping[str, Any]) -> Condition:
    region = reader.string(table, "region") if "region" in table else None
    if region is not None and not REGION.fullmatch(region):
        raise reader.error("region", f"{region!r} is no country code: write one as 'GB'")
    return PersonalData(
        reader.choices(table, "types", tuple(NAMES), tuple(NAMES)),
        region=region,
        allow=reader.strings(table, "allow", default=()),
    )


def _injection(_reader: _Reader, _table: Mapping[str, Any]) -> Condition:
    return Injection()


@dataclass(frozen=True, slots=True)
class _Kind:
    make: Callable[[_Reader, Mapping[str, Any]], Condition]
    keys: frozenset[str]
    where: tuple[str, ...] = (ANSWER,)
    places: tuple[str, ...] = PLACES
    actions: tuple[str, ...] = ACTIONS


KINDS: dict[str, _Kind] = {
    "numeric_limit": _Kind(_numeric_limit, frozenset({"terms", "unit", "max", "window"})),
    "forbidden_phrase": _Kind(_forbidden_phrase, frozenset({"phrases"})),
    "required_phrase": _Kind(
        _required_phrase,
        frozenset({"phrases", "when"}),
        places=(ANSWER,),
        actions=tuple(action for action in ACTIONS if action != REDACT),
    ),
    "pii": _Kind(_pii, frozenset({"types", "region", "allow"})),
    "injection": _Kind(_injection, frozenset(), where=(QUESTION, PASSAGE)),
}
"""Every kind of rule: what makes it, its keys, where it looks unless told, what it may do."""
