"""Numbers with a unit, as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

_ONES, _TENS = "|".join(reversed(ONES)), "|".join(TENS)
NUMBER = re.compile(
    rf"(?<![\d.,])(?P<digits>\d{{1,30}}(?:[.,'\u2019 ]\d{{1,30}}){{0,8}})"
    rf"|(?<!\w)(?:(?P<hundred>(?:(?:a|one)[ -])?hundred)\b"
    rf"|(?P<tens>{_TENS})(?:[ -](?P<one>{_ONES}))?\b"
    rf"|(?P<ones>{_ONES})\b)",
    re.IGNORECASE,
)
GROUPED = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
"""A space inside a number groups thousands or separates two numbers."""
MULTIPLIERS = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9
}  # fmt: skip
MULTIPLIER = re.compile(
    rf"[ -]?(?P<multiplier>{'|'.join(sorted(MULTIPLIERS, key=len, reverse=True))})(?![^\W_])",
    re.IGNORECASE,
)
RANGE = re.compile(r"\s{0,2}(?:-|\u2013|\u2014|to|and|or|up to)\s{0,2}", re.IGNORECASE)
LONGEST_PREFIX = 8
GROUP = 3
"""Digits between two marks of thousands."""

UNITS: dict[str, tuple[str, ...]] = {
    "%": ("%", "٪", "percent", "per cent", "pct", "percentage point", "percentage points"),
    "EUR": ("€", "EUR", "euro", "euros"),
    "USD": ("$", "US$", "USD", "dollar", "dollars"),
    "GBP": ("£", "GBP", "pound", "pounds"),
    "JPY": ("¥", "JPY", "yen"),
    "CHF": ("CHF", "franc", "francs"),
    "INR": ("₹", "INR", "rupee", "rupees"),
}
"""Units with more than one name; any other unit is a word and its plural."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit that was looked for, and where it stands."""

    value: float
    start: int
    end: int


class Unit:
    """One unit of measure, under all its names.

    >>> [q.value for q in Unit("%").quantities("from 10 to ninety-five per cent, not 0.9")]
    [10.0, 95.0]
    """

    def __init__(self, name: str) -> None:
        lower = name.lower()
        known = (names for names in UNITS.values() if lower in {n.lower() for n in names})
        names = next(known, (name, f"{name.removesuffix('s')}s", name.removesuffix("s")))
        ordered = sorted(set(names), key=len, reverse=True)
        any_name = "|".join(_word(n) for n in ordered)
        self._after = re.compile(rf"[\s-]{{0,2}}(?:{any_name})", re.IGNORECASE)
        self._before = re.compile(rf"(?:{any_name})\s{{0,2}}\Z", re.IGNORECASE)

    def quantities(self, text: str) -> list[Quantity]:
        """The numbers of this unit in order; in a range the first takes the unit of the second."""
        found: list[Quantity] = []
        later: Quantity | None = None
        later_start = 0
        for match in reversed(list(_numbers(text))):
            quantity = self._measured(text, match)
            if quantity is None and later is not None:
                between = text[match.end() : later_start]
                if RANGE.fullmatch(between):
                    quantity = Quantity(_value(match), match.start(), match.end())
            if quantity is not None:
                found.append(quantity)
            later, later_start = quantity, match.start()
        return found[::-1]

    def _measured(self, text: str, match: re.Match[str]) -> Quantity | None:
        value, end = _value(match), match.end()
        if times := MULTIPLIER.match(text, end):
            value, end = value * MULTIPLIERS[times["multiplier"].lower()], times.end()
        if after := self._after.match(text, end):
            return Quantity(value, match.start(), after.end())
        first = max(0, match.start() - LONGEST_PREFIX)
        if before := self._before.search(text[first : match.start()]):
            return Quantity(value, first + before.start(), end)
        return None


def _word(name: str) -> str:
    """A name as a pattern; a letter at its edge must be the edge of a word."""
    left = r"(?<![^\W\d_])" if name[0].isalpha() else ""
    right = r"(?![^\W\d_])" if name[-1].isalpha() else ""
    return left + re.escape(name).replace(r"\ ", r"\s{1,2}") + right


def _numbers(text: str) -> Iterator[re.Match[str]]:
    """The numbers of a text; digits with a space between are one only if it groups thousands."""
    position = 0
    while match := NUMBER.search(text, position):
        if match["digits"] and " " in match["digits"] and not GROUPED.fullmatch(match["digits"]):
            first = match["digits"].index(" ")
            match = NUMBER.match(text[: match.start() + first], match.start()) or match
        yield match
        position = match.end()


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        return _decimal(match["digits"])
    if match["hundred"]:
        return 100.0
    if match["ones"]:
        return float(ONES.index(match["ones"].lower()))
    ones = ONES.index(match["one"].lower()) if match["one"] else 0
    return float(20 + 10 * TENS.index(match["tens"].lower()) + ones)


def _decimal(digits: str) -> float:
    """The larger of what a number may mean: 1.500 and 1,500 are 1500, because a limit is tested."""
    plain = digits.replace(" ", "").replace("'", "").replace("\u2019", "")
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return float(plain)
    mark = plain[last]
    whole = plain[:last].replace(".", "").replace(",", "")
    fraction = plain[last + 1 :]
    groups = plain.count(mark) > 1 or (len(fraction) == GROUP and whole.strip("0"))
    return float(whole + fraction if groups else f"{whole}.{fraction}")
