"""Text as scorers compare it: words and numbers, however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {word: value for value, word in enumerate(ONES)}
LARGE = {word: 10 * value for value, word in enumerate(TENS, 2)}
TIMES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
UNITS = {
    "percent": "%", "pct": "%", "٪": "%",
    "€": "eur", "euro": "eur", "euros": "eur",
    "$": "usd", "us$": "usd", "dollar": "usd", "dollars": "usd",
    "£": "gbp", "¥": "jpy", "yen": "jpy", "₹": "inr", "rupee": "inr", "rupees": "inr",
}  # fmt: skip
"""Names of a unit that mean the same as its canonical one."""
CURRENCIES = frozenset({"eur", "usd", "gbp", "jpy", "inr", "chf"})
"""Units that may stand before their number."""
TOKEN = re.compile(
    r"(?P<number>(?<![\w.,])[+-]?(?:"
    r"\d{1,3}(?:[,'\u2019 ]\d{3})+(?:\.\d+)?(?![\d])"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}(?!\d)"
    r"|\d+(?:[.,]\d+)?))"
    r"|(?P<word>us\$|[^\W_]+(?:['\u2019][^\W\d_]+)*|[%\u066a€$£¥₹])"
)
DIGITS = 40
"""Longest run of digits that is read as a number; a longer one is a word."""
JOIN = "\x1f"


def fold(text: str) -> str:
    """Compatibility forms, hidden characters, case and kinds of spaces folded.

    >>> fold("\\uff190\\u00a0\\uff05  Off")
    '90 % off'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf").replace("\u2019", "'")
    return " ".join(text.casefold().split())


def words(text: str) -> list[str]:
    """Words and numbers in order; numbers and units in one form, punctuation left out.

    A lone comma before three digits groups thousands, a lone point never does. Number words are
    numbers, and a currency follows its amount.

    >>> words("From €1,250.00 (ninety-five percent) to 1.5 Euros")
    ['from', '1250', 'eur', '95', '%', 'to', '1.5', 'eur']
    """
    folded = fold(text).replace("per cent", "percent")
    return list(_ordered(list(_merged([_token(match) for match in TOKEN.finditer(folded)]))))


def contains(said: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether the words of a phrase stand in a text, next to each other."""
    return bool(phrase) and f"{JOIN}{JOIN.join(phrase)}{JOIN}" in f"{JOIN}{JOIN.join(said)}{JOIN}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the word after it, which may be its unit."""

    value: float
    unit: str


def quantities(said: Sequence[str]) -> list[Quantity]:
    """The numbers of a text with what they count.

    >>> quantities(words("30 days, or 2 million dollars"))
    [Quantity(value=30.0, unit='days'), Quantity(value=2000000.0, unit='usd')]
    """
    found = []
    for i, word in enumerate(said):
        if number := numeric(word):
            rest = list(said[i + 1 : i + 3])
            times = TIMES.get(rest[0], 1.0) if rest else 1.0
            rest = rest[1:] if times > 1 else rest
            unit = rest[0] if rest and not numeric(rest[0]) else ""
            found.append(Quantity(float(number) * times, unit))
    return found


def numeric(word: str) -> str:
    """The word, if it is a number in canonical form, else nothing."""
    return word if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", word) else ""


def unit(name: str) -> str:
    """The canonical name of a unit.

    >>> unit("Euros"), unit("percent"), unit("days")
    ('eur', '%', 'day')
    """
    folded = fold(name).replace("per cent", "percent")
    return UNITS.get(folded, folded.removesuffix("s"))


def _token(match: re.Match[str]) -> str:
    if match["number"] and len(match[0]) <= DIGITS:
        return _canonical(match[0])
    return UNITS.get(match[0], match[0])


def _canonical(written: str) -> str:
    sign = "-" if written[0] == "-" else ""
    plain = re.sub(r"['\u2019 +-]", "", written)
    if "," in plain and "." in plain:
        decimal = "," if plain.rfind(",") > plain.rfind(".") else "."
        plain = plain.replace("." if decimal == "," else ",", "").replace(",", ".")
    elif "," in plain:
        grouped = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", plain)
        plain = plain.replace(",", "" if grouped else ".")
    elif plain.count(".") > 1:
        plain = plain.replace(".", "")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    return sign + (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def _merged(tokens: list[str]) -> Iterator[str]:
    """Number words as numbers: ``ninety five`` is one."""
    i = 0
    while i < len(tokens):
        token = tokens[i]
        after = SMALL.get(tokens[i + 1], 0) if i + 1 < len(tokens) else 0
        if token in LARGE:
            joined = 0 < after < 10  # noqa: PLR2004 - ones
            yield str(LARGE[token] + (after if joined else 0))
            i += 2 if joined else 1
            continue
        yield str(SMALL[token]) if token in SMALL else token
        i += 1


def _ordered(tokens: list[str]) -> Iterator[str]:
    """A currency that stands before its amount, after it."""
    i = 0
    while i < len(tokens):
        before = numeric(tokens[i - 1]) if i else ""
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        if tokens[i] in CURRENCIES and not before and numeric(after):
            yield after
            yield tokens[i]
            i += 2
            continue
        yield tokens[i]
        i += 1
