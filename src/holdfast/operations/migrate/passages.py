"""The chunks that a new column is filled with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from holdfast.domain.document import Chunk, Document, Space
from holdfast.errors import CorruptionError, DocumentError, StateError
from holdfast.operations.system import System
from holdfast.operations.verify.rebuild import sources
from holdfast.pipeline.prepare import Target, cut
from holdfast.store.lake import canonical

LOOKED = 64
"""Documents that are read at a time."""


def lacking(
    system: System, names: Sequence[str], *, source: Space, goal: Target
) -> Iterator[list[Chunk]]:
    """The chunks of each document that the new column still lacks when its turn comes.

    Where only the embedder changes, the old column holds them: a document is cut once in its life,
    and cutting is most of what a backfill would compute. What the old column lacks, or holds
    damaged, is cut from the document.
    """
    left = dict.fromkeys(names)
    if names and source.preprocessing == goal.space.preprocessing:
        # A damaged column holds nobody up: the documents are what it was made of.
        with suppress(CorruptionError):
            held = canonical.stored(system.lake.chunks, source, documents=names)
            while looked := {name: chunks for name, chunks, _ in islice(held, LOOKED)}:
                for name in _open(system, list(looked), goal=goal):
                    yield looked[name]
                for name in looked:
                    del left[name]
    rest = list(left)
    for start in range(0, len(rest), LOOKED):
        looked_at = _open(system, rest[start : start + LOOKED], goal=goal)
        for document in sources(looked_at, system=system):
            yield passages(document, goal)


def passages(document: Document, goal: Target) -> list[Chunk]:
    """A document cut as the new column wants it. Raises ``StateError`` when it cannot be."""
    try:
        return cut(document, goal)[1]
    except DocumentError as e:
        raise StateError(
            f"document {document.digest!r} cannot be cut in the new way: {e}; remove it, or "
            "take the migration back"
        ) from e


def _open(system: System, names: list[str], *, goal: Target) -> list[str]:
    """Those not there: the list may be old by now, and what came in again meanwhile is there."""
    there = system.lake.chunks.held(names, space=goal.space)
    return [name for name in names if name not in there]
