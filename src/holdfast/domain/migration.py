"""A migration of embeddings: from one way to prepare documents to another, while both serve."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from holdfast.domain.digest import digest, short
from holdfast.domain.document import Space

BACKFILL, VERIFIED, CUTOVER, CONTRACTED, BACK = (
    "backfill",
    "verified",
    "cutover",
    "contracted",
    "back",
)
STAGES = (BACKFILL, VERIFIED, CUTOVER, CONTRACTED, BACK)
"""In order, but that ``back`` can follow each of the first three."""


@dataclass(frozen=True, slots=True)
class Migration:
    """Where a migration is. Both ways to prepare documents are components, kept as blobs."""

    source: Space
    target: Space
    stage: str = BACKFILL
    paused: bool = False
    worker: str = ""
    """Who fills the new column; empty: nobody."""
    overlap: float | None = None
    """Share of the nearest documents that both embedders find, as verified."""
    recall: tuple[float, float] | None = None
    """Share of the questions whose document is found: before, after."""
    adapter: dict[str, Any] | None = None
    """How questions reach the source's column without its embedder; see ``operations.migrate``."""

    @property
    def id(self) -> str:
        """Names what it is about, so that starting it twice starts it once."""
        return short(digest([asdict(self.source), asdict(self.target)]))

    @property
    def active(self) -> bool:
        """Whether documents that come in are prepared for both sides."""
        return self.stage in (BACKFILL, VERIFIED, CUTOVER)

    @property
    def serving(self) -> Space:
        """The space that questions search while it is active."""
        return self.target if self.stage in (CUTOVER, CONTRACTED) else self.source

    @property
    def beside(self) -> Space:
        """The other one: kept complete, so that the move and the way back take one event."""
        return self.source if self.serving == self.target else self.target

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"recall": list(self.recall) if self.recall else None}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Migration:
        spaces = {side: Space(**value[side]) for side in ("source", "target")}
        recall = tuple(value["recall"]) if value["recall"] else None
        return cls(**{**value, **spaces, "recall": recall})
