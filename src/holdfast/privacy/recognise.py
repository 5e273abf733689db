"""Personal data, recognised: e-mail addresses, phone numbers, payment cards, bank accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import PhoneNumberMatcher

EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]++@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[^\W\d_]{2,24}(?![\w-])"
)
DIGIT_RUN = re.compile(r"(?<!\d)\d{1,19}(?:[ -]\d{1,19})*+(?!\d)")
CARD_DIGITS = range(13, 20)
LONGEST_IDENTIFIER = 128
"""Characters of a sha512 in hexadecimal."""
CARD_FIRST = "23456"
IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}")
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23,
    "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters of an IBAN by country (ISO 13616 registry)."""

IDENTIFIER = re.compile(
    r"(?<![^\W_])(?:[0-9a-fA-F]{32,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![^\W_])"
)
"""Digests, ids of traces, UUIDs: the digits in one are no number."""

Span = tuple[int, int]


def emails(text: str) -> Iterator[Span]:
    """Where e-mail addresses stand."""
    for match in EMAIL.finditer(text):
        yield match.span()


def phones(text: str, region: str | None) -> Iterator[Span]:
    """Where valid phone numbers stand (libphonenumber)."""
    for match in PhoneNumberMatcher(text, region):
        number = match.raw_string
        opened = number.startswith("(") and number.count("(") > number.count(")")
        yield match.start + opened, match.end


def cards(text: str) -> Iterator[Span]:
    """Where numbers stand that are long enough for a payment card and pass Luhn's check."""
    for run in DIGIT_RUN.finditer(text):
        groups = [m.span() for m in re.finditer(r"\d+", run[0])]
        i = 0
        while i < len(groups):
            taken = _card(run[0], groups, i)
            if taken:
                start, end = run.start() + groups[i][0], run.start() + groups[i + taken - 1][1]
                if not _of_identifier(text, start, end=end):
                    yield start, end
            i += taken or 1


def ibans(text: str) -> Iterator[Span]:
    """Where bank account numbers stand."""
    for match in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[0][:2].upper())
        if length is None:
            continue
        places = [i for i, c in enumerate(match[0]) if c != " "][:length]
        number = "".join(match[0][i] for i in places).upper()
        end = match.start() + places[-1] + 1
        whole = not text[end : end + 1].isalnum()
        if len(number) == length and whole and _mod97(number) == 1:
            yield match.start(), end


def bare(text: str) -> str:
    """Without spaces and punctuation, so that any way to write an allowed number is allowed."""
    return "".join(c for c in text.lower() if c.isalnum() or c in "@+")


def _card(run: str, groups: list[Span], first: int) -> int:
    """How many groups from ``first`` on make a card number; 0 when none do."""
    digits = ""
    best = 0
    for taken, (start, end) in enumerate(groups[first : first + CARD_DIGITS.stop], start=1):
        digits += run[start:end]
        if len(digits) >= CARD_DIGITS.stop:
            break
        if len(digits) in CARD_DIGITS and digits[0] in CARD_FIRST and _luhn(digits):
            best = taken
    return best


def _of_identifier(text: str, start: int, *, end: int) -> bool:
    """Whether digits are part of a hexadecimal identifier that also holds letters."""
    before = max(0, start - LONGEST_IDENTIFIER)
    for found in IDENTIFIER.finditer(text, before, end + LONGEST_IDENTIFIER):
        if found.start() <= start and end <= found.end():
            return any(map(str.isalpha, found[0]))
    return False


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(int(d) for d in digits[-1::-2])) % 10 == 0


def _mod97(number: str) -> int:
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97
