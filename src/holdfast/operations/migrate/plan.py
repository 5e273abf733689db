"""What a migration would take: rows, time, money, disk. Nothing is changed."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from holdfast.domain.migration import Migration
from holdfast.errors import DocumentError, SettingsError, StateError, UsageError
from holdfast.operations.build import embedder_identity, preprocessing, space_of, target
from holdfast.operations.system import System
from holdfast.operations.verify.rebuild import sources
from holdfast.pipeline.prepare import Target, cut, texts
from holdfast.settings import EmbedderSettings, Settings
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog
from holdfast.store.releases.catalog import Components

ALIASES = {"embedder": "embedder.kind", "chunking": "preprocessing.max_characters"}
SECTIONS = ("embedder", "preprocessing")
SAMPLED = 200
"""Documents that are cut for an estimate, spread over the corpus."""
TIMED = 128
"""Chunks that are embedded to measure how fast that goes."""
PROBE = "How long may I return something?"
CHARACTERS_A_TOKEN = 4.0
"""A usual figure for English; the provider counts in its own way."""
HALF = 2
"""Bytes of a number in a stored vector."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a migration would take. ``cost`` is None when no price was given.

    ``documents`` are live, ``lacking`` of them are not in the new column yet; ``chunks``,
    ``tokens``, ``seconds``, ``cost`` and ``bytes`` are of those, extrapolated from ``sampled``
    documents and ``timed`` chunks, which were embedded to measure ``rate`` (chunks a second).
    """

    migration: Migration
    documents: int
    lacking: int
    chunks: int
    tokens: int
    rate: float
    seconds: float
    cost: float | None
    bytes: int
    sampled: int
    timed: int


def wanted(settings: Settings, words: Sequence[str]) -> Settings:
    """The settings with ``KEY=VALUE`` changes to the embedder and to how documents are cut.

    ``embedder=KIND`` is short for ``embedder.kind=KIND``, ``chunking=N`` for
    ``preprocessing.max_characters=N``. Raises ``UsageError``, ``SettingsError``.

    >>> wanted(Settings(), ["embedder.dimensions=128", "chunking=600"]).embedder.dimensions
    128
    """
    values: dict[str, dict[str, Any]] = {
        name: getattr(settings, name).model_dump() for name in SECTIONS
    }
    pairs = [_pair(word) for word in words]
    if any(key == "embedder.kind" and value != settings.embedder.kind for key, value in pairs):
        values["embedder"] = EmbedderSettings().model_dump()
    for key, value in pairs:
        section, _, name = key.partition(".")
        values[section][name] = value
    try:
        return Settings.model_validate({**settings.model_dump(), **values})
    except ValidationError as e:
        problem = e.errors()[0]
        name = ".".join(map(str, problem["loc"]))
        raise SettingsError(f"{name}: {problem['msg']}, not {problem['input']!r}") from e


def _pair(word: str) -> tuple[str, Any]:
    key, equals, text = word.partition("=")
    key = ALIASES.get(key, key)
    known = [
        f"{section}.{field}"
        for section in SECTIONS
        for field in type(getattr(Settings(), section)).model_fields
    ]
    if key == "embedder.api_key_env":
        raise UsageError(
            "embedder.api_key_env: the server needs the key too; name its variable under "
            "[endpoints] keys in holdfast.toml"
        )
    if not equals or key not in known:
        raise UsageError(
            f"{word!r} is no change of a setting; give KEY=VALUE, KEY one of "
            f"{', '.join([*ALIASES, *known])}"
        )
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return key, text


def prepare(
    system: System, environment: str, *, words: Sequence[str]
) -> tuple[Migration, Components]:
    """The migration that the changes describe, and its components; the embedder is asked once.

    Raises ``StateError`` when there is nothing to migrate, ``ProviderError`` when the embedder
    does not answer or makes vectors of another length than it says.
    """
    settings = wanted(system.settings, words)
    components = {
        "embedder": system.embedders(embedder_identity(settings)).identity,
        "preprocessing": preprocessing(settings),
    }
    goal = target(components, system=system)
    release = catalog.deployed(system.view(environment), environment=environment)
    source = space_of(release, blobs=system.blobs)
    retrieval = catalog.components(release, blobs=system.blobs)["retrieval"]
    if goal.space == source:
        raise StateError(
            f"{environment!r} answers with this embedder and chunking already; there is nothing "
            "to migrate"
        )
    goal.embedder.embed([PROBE])
    return Migration(source, goal.space, adapter=retrieval.get("adapter")), components


def estimate(
    system: System, environment: str, *, words: Sequence[str], price: float | None = None
) -> Estimate:
    """Measure on a sample what a migration would take; ``price`` is for a million tokens."""
    migration, components = prepare(system, environment, words=words)
    goal = target(components, system=system)
    view = system.view(environment)
    live = sorted({entry.value["document"] for entry in view.scan("documents")})
    there = system.lake.chunks.documents(goal.space)
    lacking = [name for name in live if name not in there]
    chosen = lacking[:: max(1, len(lacking) // SAMPLED)][:SAMPLED]
    pieces = _pieces(chosen, goal, system=system)
    share = len(lacking) / len(chosen) if chosen else 0.0
    characters = sum(map(len, pieces)) * share
    rate = _rate(goal, pieces[:TIMED])
    chunks = round(len(pieces) * share)
    tokens = round(characters / CHARACTERS_A_TOKEN)
    return Estimate(
        migration,
        documents=len(live),
        lacking=len(lacking),
        chunks=chunks,
        tokens=tokens,
        rate=rate,
        seconds=chunks / rate if rate else 0.0,
        cost=None if price is None else tokens * price / 1e6,
        bytes=round(characters + chunks * (goal.space.dimensions * HALF + 100)),
        sampled=len(chosen),
        timed=len(pieces[:TIMED]),
    )


def _pieces(names: Sequence[str], goal: Target, *, system: System) -> list[str]:
    found: list[str] = []
    for document in sources(names, system=system):
        try:
            found += texts(cut(document, goal)[1])
        except DocumentError:
            continue
    return found


def _rate(goal: Target, pieces: Sequence[str]) -> float:
    """Chunks a second, one request after the other."""
    if not pieces:
        return 0.0
    started = time.perf_counter()
    goal.embedder.embed(pieces)
    return len(pieces) / max(time.perf_counter() - started, 1e-9)


def live_documents(view: View) -> list[str]:
    """Digests of the live documents, each once, by path."""
    return list(dict.fromkeys(entry.value["document"] for entry in view.scan("documents")))
