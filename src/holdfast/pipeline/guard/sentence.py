"""Where sentences end, so that rules see whole ones and streams release whole ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CJK = r"\u3002\uff01\uff1f"
_TERMINATOR = rf"[.!?\u2026{_CJK}]"
_CLOSING = r"[\"')\]*_\u201d\u2019\u00bb\u300d\u300f]"
END = re.compile(
    rf"(?<!{_TERMINATOR}){_TERMINATOR}++{_CLOSING}*+"
    rf"(?:\s++(?=\S)|(?<=[{_CJK}\u300d\u300f])(?=\S))"
    r"|(?<=\S)[ \t]*+\n[ \t]*+\n\s*+(?=\S)"
)
"""A terminator with what closes after it, or a blank line. Each alternative begins at one place of
a run only, so the time is linear in the text."""

LONGEST = 4_000
"""Characters after which text without a sentence end is cut at a space."""

LIST_MARKS = "-*+|\u2022"


def next_sentence(text: str, start: int) -> int | None:
    """Where the sentence after the one at ``start`` begins; None while that is not known.

    A list or table belongs to the line that introduces it, because the two say one thing. Whether
    a place is an end depends on the next visible character, so the end of the text never is one.

    >>> next_sentence("Up to 5 pct. off. Really.", 0)
    18
    """
    limit = start + LONGEST
    for match in END.finditer(text, start, limit + 1):
        if match.end() > start and _ends(text, match):
            return match.end()
    if len(text) <= limit:
        return None
    space = max(text.rfind(" ", start, limit), text.rfind("\n", start, limit))
    return space + 1 if space > start else limit


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence in order; together they cover the text."""
    start = 0
    while (end := next_sentence(text, start)) is not None:
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _ends(text: str, match: re.Match[str]) -> bool:
    following = text[match.end()]
    gap = match[0]
    if gap[0].isspace():
        introduced = text[match.start() - 1] == ":"
        return not introduced and not following.isdigit() and following not in LIST_MARKS
    if following.islower():
        return False
    return not (gap[0] == "." and following.isdigit())
