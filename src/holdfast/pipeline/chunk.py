"""A document's text to the passages that a search finds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import accumulate
from typing import TypeAlias

from semantic_text_splitter import MarkdownSplitter

from holdfast.domain.digest import JsonObject
from holdfast.domain.document import Chunk, Text, chunk_id
from holdfast.errors import SettingsError
from holdfast.pipeline.headings import Heading, headings
from holdfast.store.lake.terms import terms

SPLITTER: JsonObject = {"version": 1, "semantic-text-splitter": version("semantic-text-splitter")}
"""What the passages of a text depend on besides settings: part of the preprocessing component."""

SHORTEST, LONGEST = 100, 20_000
"""Bounds on the characters of a passage that can be asked for."""
LONGEST_TITLE = 500
SEPARATOR = " > "

Path: TypeAlias = tuple[Heading, ...]
"""The headings above a place, outermost first."""


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How documents are cut: a passage's characters at most, and those it shares with the last."""

    max_characters: int = 800
    overlap: int = 0

    def __post_init__(self) -> None:
        if not SHORTEST <= self.max_characters <= LONGEST:
            raise SettingsError(
                f"preprocessing.max_characters is {self.max_characters!r}: "
                f"choose {SHORTEST} to {LONGEST}"
            )
        if not 0 <= self.overlap <= self.max_characters // 2:
            raise SettingsError(
                f"preprocessing.overlap is {self.overlap!r}: "
                "choose one from 0 to half of max_characters"
            )


def chunk(
    text: Text, document: str, *, preprocessing: str, settings: ChunkSettings | None = None
) -> list[Chunk]:
    """The passages of a text in order, cut at headings, blocks and sentences where possible.

    ``document`` and ``preprocessing`` are digests. A passage's title names the headings above all
    of it, so it can stand alone; a passage of nothing but headings is left out, because the next
    one's title says the same.

    >>> chunks = chunk(Text("A", "# A\\n\\nOne.\\n"), "0" * 64, preprocessing="1" * 64)
    >>> [(c.ordinal, c.title, c.text) for c in chunks]
    [(0, 'A', '# A\\n\\nOne.')]
    """
    settings = settings or ChunkSettings()
    splitter = _splitter(settings.max_characters, settings.overlap)
    pieces = splitter.chunk_indices(text.body)
    paths = _paths(text, [(start, start + len(piece)) for start, piece in pieces])
    titled = zip(paths, (piece for _, piece in pieces), strict=True)
    found = [(path, piece) for path, piece in titled if path is not None]
    if not found:
        found = [(text.title, piece) for _, piece in pieces]
    return [
        Chunk(
            id=chunk_id(document, preprocessing=preprocessing, ordinal=ordinal),
            document=document,
            ordinal=ordinal,
            title=path,
            text=piece,
            terms=tuple(terms(f"{path}\n{piece}")),
        )
        for ordinal, (path, piece) in enumerate(found)
    ]


@lru_cache(maxsize=8)
def _splitter(max_characters: int, overlap: int) -> MarkdownSplitter:
    return MarkdownSplitter(max_characters, overlap=overlap)


def _paths(text: Text, pieces: list[tuple[int, int]]) -> Iterator[str | None]:
    """For each piece the headings above all of it, or None when it holds nothing but headings."""
    found = list(headings(text.body))
    starts = [heading.start for heading in found]
    below: list[Path] = [(), *accumulate(((h,) for h in found), _enter)]
    for start, end in pieces:
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        path, position, rest = below[first], start, last
        for i in range(first, last):
            if text.body[position : found[i].start].strip():
                rest = i
                break
            path, position = below[i + 1], found[i].end
        if rest == last and not text.body[position:end].strip():
            yield None
            continue
        for heading in found[rest:last]:
            path = tuple(above for above in path if above.level < heading.level)
        yield _joined(text.title, path)


def _enter(path: Path, heading: Path) -> Path:
    return (*(above for above in path if above.level < heading[0].level), *heading)


def _joined(title: str, path: Path) -> str:
    names = [heading.text for heading in path]
    if title and names[:1] != [title]:
        names.insert(0, title)
    return SEPARATOR.join(names)[:LONGEST_TITLE]
