"""Text as rules read it: compatibility forms folded, hidden characters gone, places kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

HIDDEN = frozenset({"Cf", "Cc"})
"""Format and control characters: what a reader does not see and a rule must not trip over."""
PIECES = re.compile(r"(?P<plain>[\n\t\r\x20-\x7e]+)|.", re.DOTALL)
"""Runs of characters that fold to themselves, and every other character."""
PLAIN = re.compile(r"[\n\t\r\x20-\x7e]*+")
VARIATION = range(0xFE00, 0xFE10)


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` as rules match it; character ``i`` of it came from ``origin[i]`` of ``source``."""

    source: str
    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a match in ``text`` lies in the source, hidden characters at its edges included."""
        before = self.origin[start - 1] + 1 if start else 0
        last = self.origin[end - 1] + 1 if end else 0
        return min(before, self.origin[start]), max(last, self.origin[end])


def fold(source: str) -> Folded:
    """Folds each character by NFKC and drops hidden ones.

    >>> fold("9\\u200b0 \\ufe6a").text
    '90 %'
    """
    if source.isascii() and PLAIN.fullmatch(source):
        return Folded(source, source, range(len(source) + 1))
    letters: list[str] = []
    origin: list[int] = []
    for piece in PIECES.finditer(source):
        i, text = piece.start(), piece[0]
        if piece.lastgroup == "plain":
            letters.append(text)
            origin.extend(range(i, piece.end()))
        elif not _is_hidden(text):
            folded = unicodedata.normalize("NFKC", text)
            letters.append(folded)
            origin.extend([i] * len(folded))
    origin.append(len(source))
    return Folded(source, "".join(letters), origin)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in HIDDEN or ord(character) in VARIATION
