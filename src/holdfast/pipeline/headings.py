"""The headings of a Markdown text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
NOT_A_PARAGRAPH = re.compile(r" {0,3}(?:[-*+>|]|\d{1,9}[.)]|\s*$)|\t| {4}")
LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
ATTRIBUTES = re.compile(r"[ \t]*\{[ \t]*#[^{}]*\}$")
LONGEST = 300
"""A heading's characters that are kept: it is repeated in every passage below it."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: where its line starts and where the text below it starts, in characters."""

    start: int
    end: int
    level: int
    text: str


def headings(text: str) -> Iterator[Heading]:
    """The headings of a Markdown text in order, those in code blocks left out (CommonMark 0.31).

    >>> [(h.level, h.text) for h in headings("# A\\n\\nB\\n---\\n\\n```\\n# no\\n```\\n")]
    [(1, 'A'), (2, 'B')]
    """
    fence = ""
    previous, previous_start = "", 0
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        content = line.rstrip("\r\n")
        if fence:
            if content.strip().startswith(fence) and not content.strip().strip(fence[0]):
                fence = ""
            content = ""
        elif opened := FENCE.match(content):
            fence, content = opened[1], ""
        elif found := ATX.fullmatch(content):
            if name := _shown(found[2] or ""):
                yield Heading(start, end, len(found[1]), name)
            content = ""
        elif previous and (underline := UNDERLINE.fullmatch(content)):
            if name := _shown(previous):
                yield Heading(previous_start, end, 1 if "=" in underline[1] else 2, name)
            content = ""
        previous = "" if NOT_A_PARAGRAPH.match(content) else content
        previous_start, start = start, end


def _shown(source: str) -> str:
    """A heading as people read it: without link targets, emphasis and attributes."""
    text = ATTRIBUTES.sub("", source[: 2 * LONGEST].strip())
    text = LINK.sub(r"\1", text)
    return text.replace("**", "").replace("`", "").strip(" *#")[:LONGEST]
