"""Documents as transcripts: commands, and the output that is promised for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DECISION = re.compile(r"\bd-[0-9a-f]{26}\b")


@dataclass(frozen=True)
class Step:
    """A command with the output that is promised for it."""

    command: str
    output: str

    def holds(self, printed: str) -> bool:
        """Whether the promise is kept, blanks at the ends of lines aside."""
        return bool(pattern(_trimmed(self.output)).fullmatch(_trimmed(printed)))


def blocks(document: str) -> list[tuple[str, str]]:
    """Language and text of a Markdown document's blocks of code, in order."""
    return BLOCK.findall(document)


def steps(text: str) -> list[Step]:
    """The commands of a console block, each with the output below it."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [Step(*part.split("\n", 1)) for part in parts]


def pattern(output: str) -> re.Pattern[str]:
    """``...`` stands for anything; alone on a line also for no line, or several.

    Columns may be of any width: two blanks or more match as many as there are.
    """
    whole = re.sub(r"(^|\n) *\.\.\.(?=\n|$)", r"\1<lines>", output)
    parts = re.split(r"(\n?<lines>|\.\.\.| {2,})", whole)
    return re.compile("".join(map(_part, parts)), re.DOTALL)


def _part(text: str) -> str:
    if text.endswith("<lines>"):
        return "(?:\n.*)?" if text.startswith("\n") else ".*"
    if text == "...":
        return ".*?"
    return " {2,}" if text.startswith("  ") else re.escape(text)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))
