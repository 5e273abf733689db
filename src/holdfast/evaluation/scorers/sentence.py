"""Where sentences end: what claims and citations are counted by."""

from __future__ import annotations

import re

_CLOSING = r"[\"')\]\u201d\u2019]"
END = re.compile(
    rf"(?<=[.!?\u2026]){_CLOSING}*\s+(?=[^a-z\s])|(?<=[\u3002\uff01\uff1f])"
    r"|\n\s*\n|\n(?=\s{0,8}[-*\u2022\d])"
)
SHORT = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|approx|inc|ltd)|\b[A-Z])\.$",
    re.IGNORECASE,
)
"""An abbreviation whose point ends no sentence."""
LONGEST = 4000
"""Characters of a sentence; a longer one is cut."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, without space around them.

    >>> sentences("It costs 9.90 euros, e.g. Express. Dr. Ann agrees! Really?")
    ['It costs 9.90 euros, e.g. Express.', 'Dr. Ann agrees!', 'Really?']
    """
    found: list[str] = []
    start = 0
    for match in END.finditer(text):
        if SHORT.search(text[max(start, match.start() - 12) : match.start()]):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    found.append(text[start:])
    cut = (s[i : i + LONGEST] for s in found for i in range(0, len(s), LONGEST))
    return [stripped for piece in cut if (stripped := piece.strip())]
