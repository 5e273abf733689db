"""Build a release from a project folder, and make a release ready to answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from holdfast.domain.digest import JsonObject, digest, digest_bytes
from holdfast.domain.document import Space
from holdfast.domain.version import VERSION
from holdfast.errors import EmbedderMismatchError, SettingsError
from holdfast.operations.system import System
from holdfast.pipeline.adapter import Adapter, unpacked
from holdfast.pipeline.chunk import SPLITTER, ChunkSettings
from holdfast.pipeline.guard import Guard, parse_policies
from holdfast.pipeline.load import LOADERS
from holdfast.pipeline.prepare import Target
from holdfast.pipeline.prompt import check, parse
from holdfast.pipeline.rank import RankSettings
from holdfast.pipeline.runtime import Retrieval, Runtime
from holdfast.ports.blobs import Blobs
from holdfast.ports.embedder import Embedder
from holdfast.ports.model import Sampling
from holdfast.settings import GuardSettings, Settings
from holdfast.store.lake.search import SEARCH
from holdfast.store.lake.terms import TERMS
from holdfast.store.releases import catalog
from holdfast.store.releases.catalog import Components

MAX_PROMPT = 100_000
DEFAULT_POLICIES: str = GuardSettings().policies
"""May be missing: no rules. A file that was named may not."""


def build(system: System) -> dict[str, JsonObject]:
    """The components of the release that the project folder describes.

    Raises ``SettingsError`` that names the file (and line) that is wrong.
    """
    settings, root = system.settings, system.root
    return {
        "code": {"holdfast": VERSION, "files": _files(root, settings.code.include)},
        "prompt": _prompts(root, settings.prompt.chain),
        "model": system.models(model_identity(settings)).identity,
        **searchable(system),
        "retrieval": {**settings.retrieval.model_dump(mode="json"), "search": SEARCH},
        "sampling": settings.sampling.model_dump(mode="json"),
        "guard": _policies(root, settings.guard.policies),
        "tools": {},
    }


def searchable(system: System) -> dict[str, JsonObject]:
    """The components that decide how documents are prepared: all that an ingestion needs."""
    return {
        "embedder": system.embedders(embedder_identity(system.settings)).identity,
        "preprocessing": preprocessing(system.settings),
    }


def model_identity(settings: Settings) -> JsonObject:
    """What the settings ask of the model; the adapter completes it."""
    model = settings.model
    if model.kind == "openai" and not (model.base_url and model.model):
        raise SettingsError("holdfast.toml: model.kind 'openai' needs model.base_url and .model")
    return {"kind": model.kind, "base_url": model.base_url, "model": model.model}


def embedder_identity(settings: Settings) -> JsonObject:
    """What the settings ask of the embedder; the adapter completes it."""
    embedder = settings.embedder
    if embedder.kind == "openai" and not (embedder.base_url and embedder.model):
        raise SettingsError(
            "holdfast.toml: embedder.kind 'openai' needs embedder.base_url and .model"
        )
    return {
        "kind": embedder.kind,
        "base_url": embedder.base_url,
        "model": embedder.model,
        "dimensions": embedder.dimensions,
    }


def preprocessing(settings: Settings) -> JsonObject:
    """How documents become chunks: loaders, splitter, index terms."""
    chunking = settings.preprocessing.model_dump(mode="json")
    return {"loaders": LOADERS, "splitter": SPLITTER, "terms": TERMS, **chunking}


def target(components: Components, *, system: System) -> Target:
    """What ingestion must prepare so that a release can search.

    Raises ``EmbedderMismatchError`` when the embedder at hand is not the release's.
    """
    embedder = _embedder(components["embedder"], system=system)
    space = Space(
        digest(components["preprocessing"]), digest(components["embedder"]), embedder.dimensions
    )
    chunking = ChunkSettings(
        max_characters=components["preprocessing"]["max_characters"],
        overlap=components["preprocessing"]["overlap"],
    )
    return Target(space, embedder, chunking)


def _embedder(wanted: JsonObject, *, system: System) -> Embedder:
    embedder = system.embedders(wanted)
    if embedder.identity != wanted:
        raise EmbedderMismatchError(
            f"the release embeds with {wanted!r}, at hand is {embedder.identity!r}; "
            "run 'holdfast ingest' and deploy the folder's release, or install that embedder"
        )
    return embedder


def asker(components: Components, *, system: System) -> Embedder:
    """What embeds a release's questions: its embedder, or the adapter that stands in for it."""
    adapter = components["retrieval"].get("adapter")
    if adapter is None:
        return _embedder(components["embedder"], system=system)
    through = _embedder(json.loads(system.blobs.get(adapter["embedder"])), system=system)
    return Adapter(through, unpacked(system.blobs.get(adapter["map"])))


def target_of(space: Space, *, system: System) -> Target:
    """What prepares documents for a space that a release or migration names."""
    return target(catalog.parts_of(space, blobs=system.blobs), system=system)


def space_of(release: str, *, blobs: Blobs) -> Space:
    """The space that a stored release searches, by its full digest; loads no embedder."""
    parts = catalog.load(release, blobs=blobs)
    embedder = json.loads(blobs.get(parts["embedder"]))
    return Space(parts["preprocessing"], parts["embedder"], embedder["dimensions"])


def runtime(name: str, *, system: System) -> Runtime:
    """A stored release, by its full digest, wired and ready to answer."""
    return assemble(catalog.components(name, blobs=system.blobs), system=system)


def assemble(components: Components, *, system: System) -> Runtime:
    """The release that components make, stored or not, ready to answer.

    Raises ``EmbedderMismatchError`` when its embedder is not at hand.
    """
    retrieval = components["retrieval"]
    goal = target(components, system=system)
    return Runtime(
        release=catalog.release_of(components),
        prompts=tuple(
            parse(step, components["prompt"]["prompts"][step])
            for step in components["prompt"]["chain"]
        ),
        model=system.models(components["model"]),
        embedder=asker(components, system=system),
        guard=Guard(parse_policies(components["guard"]["policies"], file="policies.toml")),
        sampling=Sampling(**components["sampling"]),
        retrieval=Retrieval(
            candidates=retrieval["candidates"],
            passages=retrieval["passages"],
            memory_turns=retrieval["memory_turns"],
            cache=retrieval["cache"],
            rank=RankSettings(weight=retrieval["feedback_weight"]),
        ),
        space=goal.space,
        attempts=system.settings.model.attempts,
        adapter=retrieval.get("adapter"),
    )


def _files(root: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    try:
        files = {file for pattern in patterns for file in root.glob(pattern) if file.is_file()}
        return {
            file.relative_to(root).as_posix(): digest_bytes(file.read_bytes())
            for file in sorted(files)
        }
    except (OSError, ValueError, NotImplementedError) as e:
        raise SettingsError(f"holdfast.toml: code.include: cannot be read: {e}") from e


def _prompts(root: Path, chain: tuple[str, ...]) -> JsonObject:
    texts: dict[str, Any] = {}
    for name in chain:
        file = root / "prompts" / f"{name}.md"
        texts[name] = _text(file, limit=MAX_PROMPT)
    check([parse(name, texts[name], file=f"prompts/{name}.md") for name in chain])
    return {"chain": list(chain), "prompts": texts}


def _policies(root: Path, name: str) -> JsonObject:
    file = root / name
    lacking = name == DEFAULT_POLICIES and not file.exists()
    text = "" if lacking else _text(file, limit=MAX_PROMPT)
    parse_policies(text, file=str(file))
    return {"policies": text}


def _text(file: Path, *, limit: int) -> str:
    if not file.is_file():
        raise SettingsError(f"{file}: there is no such file; write it or correct holdfast.toml")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{file}: cannot be read: {e}") from e
    if len(text) > limit:
        raise SettingsError(f"{file}: {len(text)} characters; at most {limit} are allowed")
    return text
