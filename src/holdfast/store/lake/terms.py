"""Text to index terms: what lexical search compares."""

from __future__ import annotations

import re
import unicodedata
import zlib

import Stemmer

from holdfast.domain.digest import JsonObject

STOP = frozenset(
    "a an and are as at be been but by can could did do does for from had has have how i if in "
    "into is it its of on or s so t than that the their them then there these they this to was "
    "we were what when where which who whom whose why will with would you your".split()
)
WORD = re.compile(r"[^\W_]+")
TERMS: JsonObject = {
    "version": 1,
    "stemmer": {"language": "english", "snowball": Stemmer.version()},
    "stop": len(STOP),
    "hash": "crc32",
}
"""What index terms depend on: part of the preprocessing component."""
CACHED = 500_000
"""Words whose hash is remembered; texts repeat a small vocabulary."""


class _Hashes(dict[str, int | None]):
    """Word -> the hash of its stem, ``None`` for a stop word; made at the first look."""

    def __init__(self) -> None:
        super().__init__()
        self._stemmer = Stemmer.Stemmer("english", 0)

    def __missing__(self, word: str) -> int | None:
        stem = None if word in STOP else self._stemmer.stemWord(word)
        found = None if stem is None else zlib.crc32(stem.encode("utf-8", "replace"))
        if len(self) >= CACHED:
            self.clear()
        self[word] = found
        return found


_hashes = _Hashes()


def terms(text: str) -> list[int]:
    """32-bit hashes of a text's words and numbers, one per occurrence, in order.

    Case, compatibility forms (NFKC), English endings and stop words make no difference.

    >>> terms("The harbours") == terms("harbour")
    True
    """
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    words = WORD.findall(folded.casefold())
    return [found for word in words if (found := _hashes[word]) is not None]
