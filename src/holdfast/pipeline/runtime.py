"""A release ready to answer."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.digest import JsonObject
from holdfast.domain.document import Space
from holdfast.domain.release import Release
from holdfast.pipeline.guard import Guard
from holdfast.pipeline.prompt import PromptTemplate
from holdfast.pipeline.rank import RankSettings
from holdfast.ports.embedder import Embedder
from holdfast.ports.model import Model, Sampling


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What reaches the prompt; the release's retrieval component."""

    candidates: int
    passages: int
    memory_turns: int
    cache: bool
    rank: RankSettings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The wired parts of one release."""

    release: Release
    prompts: tuple[PromptTemplate, ...]
    model: Model
    embedder: Embedder
    guard: Guard
    sampling: Sampling
    """``seed`` -1 stands for a new seed for each answer."""
    retrieval: Retrieval
    space: Space
    attempts: int
    adapter: JsonObject | None = None
    """What stands in for the space's embedder, and how well; then ``embedder`` is that."""
