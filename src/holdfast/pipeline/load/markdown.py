"""Markdown: kept as it is, apart from its front matter."""

from __future__ import annotations

import re

from holdfast.domain.document import Text
from holdfast.pipeline.headings import headings
from holdfast.pipeline.load.plain import decode

FRONT_MATTER = re.compile(r"\A---[ \t]*\n((?:(?!---[ \t]*\n).*\n){0,200})---[ \t]*(?:\n|\Z)")
TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)


def markdown(data: bytes) -> Text:
    """The text below the front matter; its first heading, else the front matter's title."""
    body = decode(data)
    title = ""
    if matter := FRONT_MATTER.match(body):
        body = body[matter.end() :]
        if named := TITLE.search(matter[1]):
            title = named[1].strip("\"'")
    first = next(iter(headings(body)), None)
    return Text(title=first.text if first else title, body=body)
