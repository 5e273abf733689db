"""HTML: its main content as Markdown."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

from holdfast.domain.document import Text
from holdfast.errors import DocumentError
from holdfast.pipeline.load.limits import Limits
from holdfast.pipeline.load.plain import decode

NEVER = ("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "head")
AROUND = ("nav", "header", "footer", "aside", "form", "button")
"""What stands around the main content of a page that does not mark it."""

STRAY = re.compile(r"<(?![A-Za-z/!?][^<>]{0,10000}>)")
BLANK_LINES = re.compile(r"\n{3,}")
DECLARED = re.compile(rb"<meta[^<>]{0,200}?charset=[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


def html(data: bytes, limits: Limits) -> Text:
    """The main content of a page; its first ``h1``, else the page's ``title``."""
    if len(data) > limits.html_bytes:
        raise DocumentError(
            f"HTML of {len(data)} bytes, more than {limits.html_bytes}: split the page"
        )
    return from_markup(_decode(data))


def from_markup(markup: str) -> Text:
    """Title and Markdown of HTML source; nothing in it is fetched or run."""
    try:
        soup = BeautifulSoup(_tamed(markup), "html.parser")
        named = soup.title.get_text(" ", strip=True) if soup.title else ""
        main = _main(soup)
        body = _Converter(
            heading_style=ATX,
            bullets="-",
            escape_asterisks=False,
            escape_underscores=False,
        ).convert_soup(main)
        heading = main.find("h1")
    except RecursionError as e:
        raise DocumentError("HTML nested too deeply to read") from e
    title = heading.get_text(" ", strip=True) if heading else named
    lines = "\n".join(line.rstrip() for line in body.splitlines())
    return Text(title=" ".join(title.split()), body=BLANK_LINES.sub("\n\n", lines).strip() + "\n")


class _Converter(MarkdownConverter):
    """Keeps what a reader sees: a link's text and an image's description, not their targets."""

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(el.attrs.get("alt") or "")


def _tamed(markup: str) -> str:
    """Markup without comments and without ``<`` that starts no tag.

    Python's parser looks for the end of each of these up to the end of the text, which takes
    hours for a page made of them.
    """
    parts: list[str] = []
    position = 0
    while (start := markup.find("<!--", position)) >= 0:
        parts.append(markup[position:start])
        end = markup.find("-->", start)
        position = end + 3 if end >= 0 else len(markup)
    parts.append(markup[position:])
    return STRAY.sub("&lt;", "".join(parts))


def _main(soup: BeautifulSoup) -> Tag:
    for tag in soup.find_all(NEVER):
        tag.decompose()
    marked = soup.find_all("main") or soup.find_all(role="main")
    if not marked:
        marked = soup.find_all("article")
    if len(marked) == 1:
        return marked[0]
    for tag in soup.find_all(AROUND):
        tag.decompose()
    return soup.body or soup


def _decode(data: bytes) -> str:
    """HTML may name its character set itself; a name that does not fit is not believed."""
    if declared := DECLARED.search(data[:4096]):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)
