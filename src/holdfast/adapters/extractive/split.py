"""Passages to statements: sentences, list items and table rows that can stand in an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*\s*")
UNDERLINE = re.compile(r"\s*(?:=+|-{3,}|\*{3,}|_{3,})\s*")
FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)])\s+(.*)")
ROW = re.compile(r"\s*\|(.*)\|\s*")
RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*")
CELL = re.compile(r"(?<!\\)\|")
DIRECTIVE = re.compile(r"\s*(?:/{3,}|:{3,}|!!!|<!--).*")

LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.{1,300}?)(?<=\S)\1(?!\w)")
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
ATTRIBUTE = re.compile(r"\s*\{[ \t]*[#.:][^{}]{0,200}\}")

END = re.compile(
    r"(?<=[.!?\u2026])[\"')\]\u201d\u2019]*\s+(?=[\"'(\[\u201c\u2018]?[A-Z0-9\u00c0-\u00de])"
)
ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Rev|Gen|Col|Lt|Capt|Sgt|Gov|Sen|Rep|Mt|Ft|"
    r"Inc|Ltd|Co|Corp|Nos?|vs|v|etc|approx|ca|cf|al|e\.g|i\.e|a\.m|p\.m|Fig|Figs|Eq|Vol|pp?|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z](?:\.[A-Z])+)\.$"
)
LONGEST = 600
"""Characters of a statement; a longer one is no sentence but a wall of text, and is cut."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Something a passage says.

    ``context`` is the heading it stands under. ``follows`` tells that the statement before it
    belongs to the same paragraph. A list item that is no sentence follows the line that introduces
    the list, so that it can stand alone.
    """

    text: str
    context: str
    follows: bool


def split(text: str) -> list[Statement]:
    """The statements of a Markdown text in reading order; code blocks are left out.

    >>> [s.text for s in split("Ask Dr. Lee. She knows.\\n\\nBring:\\n\\n- boots\\n- a map")]
    ['Ask Dr. Lee.', 'She knows.', 'Bring: boots', 'Bring: a map']
    >>> [s.text for s in split("| Day | Opens |\\n|---|---|\\n| Monday | 9:00 |")]
    ['Monday: Opens 9:00']
    """
    found: list[Statement] = []
    for block in _blocks(text):
        for i, sentence in enumerate(block.sentences()):
            found.append(Statement(sentence, block.context, follows=i > 0))
    return found


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, list item or table row."""

    text: str
    context: str

    def sentences(self) -> Iterator[str]:
        text = _shown(self.text)
        start = 0
        for end in END.finditer(text):
            if not ABBREVIATION.search(text, max(0, end.start() - 12), end.start()):
                yield text[start : end.end()].strip()[:LONGEST]
                start = end.end()
        if text[start:].strip():
            yield text[start:].strip()[:LONGEST]


class _Parser:
    """Collects blocks line by line."""

    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        self._heading = ""
        self._intro = ""
        self._lines: list[str] = []
        self._header: list[str] | None = None
        self._in_item = False

    def line(self, line: str) -> None:
        if not line.strip() or DIRECTIVE.fullmatch(line):
            self.close()
        elif heading := HEADING.fullmatch(line):
            self.close()
            self._heading, self._intro, self._header = _shown(heading[1]), "", None
        elif row := ROW.fullmatch(line):
            self.close()
            self._row(line, row[1])
        elif UNDERLINE.fullmatch(line):
            self._underline()
        elif item := ITEM.fullmatch(line):
            self.close()
            self._in_item = True
            self._lines.append(item[1])
        else:
            self._header = None
            self._lines.append(line.strip().lstrip("> "))

    def close(self) -> None:
        """Ends the block under way."""
        text = " ".join(self._lines).strip()
        self._lines.clear()
        if not text:
            return
        if self._in_item:
            self._in_item = False
            if self._intro and not text.endswith("."):
                text = f"{self._intro} {text}"
        else:
            self._intro = _shown(text) if text.endswith(":") else ""
        if not text.endswith(":"):
            self.blocks.append(_Block(text, self._heading))

    def _underline(self) -> None:
        """A line of dashes makes the paragraph above it a heading."""
        if self._lines and not self._in_item:
            self._heading, self._intro = _shown(" ".join(self._lines)), ""
        else:
            self.close()
        self._lines.clear()

    def _row(self, line: str, inner: str) -> None:
        cells = [cell.strip().replace("\\|", "|") for cell in CELL.split(inner)]
        if RULE.fullmatch(line):
            return
        if self._header is None:
            self._header = cells
            return
        names = self._header + [""] * len(cells)
        said = [f"{name} {cell}".strip() for name, cell in zip(names[1:], cells[1:], strict=False)]
        said = [text for text, cell in zip(said, cells[1:], strict=True) if cell]
        label = cells[0]
        text = f"{label}: {', '.join(said)}" if label and said else label or ", ".join(said)
        if text:
            self.blocks.append(_Block(text, f"{self._heading} {names[0]}".strip()))


def _blocks(text: str) -> list[_Block]:
    parser = _Parser()
    fenced = False
    for line in text.splitlines():
        if FENCE.match(line):
            fenced = not fenced
            parser.close()
        elif not fenced:
            parser.line(line)
    parser.close()
    return parser.blocks


def _shown(text: str) -> str:
    """Text as a reader sees it: no link targets, emphasis marks or tags."""
    text = ATTRIBUTE.sub("", TAG.sub("", LINK.sub(r"\1", text)))
    return " ".join(EMPHASIS.sub(r"\2", text).split())
