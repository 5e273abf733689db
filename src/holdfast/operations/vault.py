"""The vault: moments sealed in another place, whole and signed, that outlive the project."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from holdfast.domain.digest import Json, JsonObject, canonical
from holdfast.domain.document import Chunk, Document, Space
from holdfast.domain.event import STORES, Change, Edge, Entry, Event
from holdfast.domain.moment import EventId
from holdfast.errors import CorruptionError, StateError, StorageError, UsageError
from holdfast.operations.build import space_of
from holdfast.operations.retention.clean import release_parts
from holdfast.operations.snapshot import check_name
from holdfast.operations.system import System
from holdfast.operations.verify.rebuild import sources
from holdfast.ports.vault import Vault
from holdfast.settings import FILE, Settings
from holdfast.store.lake import canonical as rows
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View
from holdfast.store.releases.catalog import DEPLOYED
from holdfast.store.vault import sign
from holdfast.store.vault.bundle import Bundle, Layer, Writer

TOGETHER = 5_000
"""Events of one change of a restoration."""
LINES = "application/jsonl"
STATE, SETTINGS, VECTORS = "state.jsonl", FILE, "vectors.npy"
DOCUMENT, BLOB, CHUNKS = "document/", "blob/", "chunks/"
LEFT = ("operations", "migrations", "baselines", "probes", "erasures")
"""Stores that tell of the project itself, not of its state."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bundle of the vault. ``signer`` is the public key that signed it."""

    name: str
    where: str
    digest: str
    signer: str
    config: JsonObject
    bytes: int
    lock: str
    """What keeps it from being changed; empty: a convention."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle that was read in full, and everything in it that is not what was sealed."""

    name: str
    layers: int
    damage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; every digest was compared with the sealed one."""

    name: str
    root: str
    environment: str
    corpus: str
    release: str
    datasets: dict[str, str]
    documents: int
    events: int


def trusted(settings: Settings, *, more: tuple[str, ...] = ()) -> frozenset[str]:
    """The public keys whose bundles are taken: named ones, and one's own."""
    own = sign.load(Path(settings.vault.key).expanduser())
    return frozenset([*settings.vault.trusted, *more, *([own.public] if own else [])])


def seal(
    system: System,
    environment: str,
    *,
    name: str,
    vault: Vault,
    at: str | None = None,
    reason: str = "",
) -> Sealed:
    """Write everything that a moment shows into a bundle of its own, and sign it.

    In it are the state of every store, the documents with their chunks and vectors, the releases
    with their components, the datasets, and the settings: nothing of the project is needed to
    restore it. Raises ``UsageError`` for a name that is taken, ``StorageError`` when the place
    cannot be written; then nothing is sealed.
    """
    check_name(name, kind="bundle")
    view = system.view(environment, at)
    path = Path(system.settings.vault.key).expanduser()
    with vault.draft(name) as draft:
        key = sign.load(path) or sign.make(path)
        writer = Writer(name, draft)
        config = _config(system, view, name=name, environment=environment, reason=reason)
        config["layers"] = _write(system, view, writer)
        writer.seal(config, key=key)
    return _told(Bundle(vault, name, trusted=frozenset([key.public])))


def listed(vault: Vault, *, keys: frozenset[str]) -> list[tuple[str, Sealed | str]]:
    """Every bundle by name, or why it is not taken; reads no layers."""
    found: list[tuple[str, Sealed | str]] = []
    for name in vault.names():
        try:
            found.append((name, _told(Bundle(vault, name, trusted=keys))))
        except (CorruptionError, UsageError) as e:
            found.append((name, str(e)))
    return found


def check(vault: Vault, name: str, *, keys: frozenset[str]) -> Checked:
    """Read a whole bundle; raises what makes it no bundle, and names what is damaged in it."""
    bundle = _open(vault, name, keys=keys)
    return Checked(name, len(bundle.layers), tuple(bundle.damaged()))


def opened(vault: Vault, name: str, *, keys: frozenset[str]) -> Bundle:
    """A bundle that is whole: signed by somebody trusted, and every layer as it was sealed."""
    bundle = _open(vault, name, keys=keys)
    wrong = next(iter(bundle.damaged()), None)
    if wrong is not None:
        raise CorruptionError(f"{name!r} is not what was sealed: {wrong}")
    return bundle


def unpack(bundle: Bundle, root: Path) -> None:
    """Write the folder of the project: settings, prompts and rules as they were."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{str(root)!r} is not empty; give a new folder")
    try:
        (root / "prompts").mkdir(parents=True, exist_ok=True)
        for layer in bundle.layers:
            if layer.title == SETTINGS:
                (root / FILE).write_bytes(bundle.read(layer))
            elif layer.title.startswith("file/"):
                path = root / layer.title.removeprefix("file/")
                if not path.resolve().is_relative_to(root.resolve()):
                    raise CorruptionError(f"{layer.title!r} would lie outside of the project")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(bundle.read(layer))
    except OSError as e:
        raise StorageError(
            f"cannot write to {str(root)!r}: {e.strerror}; give another folder, or see to the disk"
        ) from e


def restore(
    system: System, environment: str, *, bundle: Bundle, progress: Callable[[int, int], None]
) -> Restored:
    """Bring the sealed moment into an environment that has no state yet, and compare digests.

    Raises ``StateError`` when there is state, ``CorruptionError`` when a digest is another one.
    """
    view = system.view(environment)
    if view.scan("documents", limit=1) or view.get("releases", DEPLOYED):
        raise StateError(f"{environment!r} holds state already; restore into a new project")
    layers = {layer.title: layer for layer in bundle.layers}
    with system.latch.storing():
        for number, (title, layer) in enumerate(layers.items()):
            progress(number, len(layers))
            if title.startswith(BLOB):
                system.blobs.put(bundle.read(layer))
            elif title.startswith(DOCUMENT):
                _document(system, bundle, layer)
        for title, layer in layers.items():
            if title.startswith(CHUNKS):
                _chunks(system, bundle, layer, vectors=layers[f"{VECTORS}/{title}"])
        events = list(_events(bundle.read(layers[STATE])))
        for start in range(0, len(events), TOGETHER):
            system.append.append(
                Change(
                    view.cut.timeline,
                    "restore",
                    tuple(events[start : start + TOGETHER]),
                    actor=system.actor,
                    reason=f"vault {bundle.config['name']}",
                    cause=f"vault:{bundle.digest.removeprefix('sha256:')}",
                )
            )
    return _compared(system, environment, bundle, events=len(events))


def _config(system: System, view: View, *, name: str, environment: str, reason: str) -> JsonObject:
    deployed = view.get("releases", DEPLOYED)
    return {
        "format": 1,
        "name": name,
        "project": system.settings.project.name,
        "environment": environment,
        "cut": {"timeline": view.cut.timeline, "tick": view.cut.tick},
        "sealed_at": system.clock.now(),
        "by": system.actor,
        "reason": reason,
        "corpus": corpus.state(view).digest,
        "documents": corpus.state(view).documents,
        "release": deployed.value["release"] if deployed else "",
        "datasets": {entry.key: entry.value["digest"] for entry in view.scan("datasets")},
    }


def _write(system: System, view: View, writer: Writer) -> int:
    """Add all layers; returns how many."""
    entries = [
        (store, entry) for store in STORES if store not in LEFT for entry in view.scan(store)
    ]
    edges = _edges(system, [entry for _, entry in entries])
    lines = [
        canonical(
            {
                "store": store,
                "key": entry.key,
                "value": entry.value,
                "sources": edges.get(entry.id, []),
            }
        )
        for store, entry in entries
    ]
    writer.add(STATE, b"\n".join(lines), media_type=LINES)
    text = (system.root / FILE).read_bytes()
    writer.add(SETTINGS, text, media_type="application/toml")
    count = 2
    for name in sorted(_blobs(system, view)):
        writer.add(f"{BLOB}{name}", system.blobs.get(name), media_type="application/octet-stream")
        count += 1
    for path, data in _files(system, view):
        writer.add(f"file/{path}", data, media_type="text/plain")
        count += 1
    live = sorted({entry.value["document"] for store, entry in entries if store == "documents"})
    for name in live:
        (document,) = sources([name], system=system)
        writer.add(f"{DOCUMENT}{name}", document.source, media_type=document.media_type)
        count += 1
    deployed = view.get("releases", DEPLOYED)
    if deployed is not None and live:
        space = space_of(deployed.value["release"], blobs=system.blobs)
        _add_chunks(system, space, live, writer=writer)
        count += 2
    return count


def _edges(system: System, entries: list[Entry]) -> dict[EventId, list[list[Json]]]:
    """What entries derive from, but for events: their numbers mean nothing in another ledger."""
    found: dict[EventId, list[list[Json]]] = {}
    for start in range(0, len(entries), TOGETHER):
        ids = [entry.id for entry in entries[start : start + TOGETHER]]
        for link in system.ledger.links(events=ids):
            if not link.edge.source.startswith("event:"):
                found.setdefault(link.event, []).append([link.edge.source, link.edge.strength])
    return found


def _blobs(system: System, view: View) -> set[str]:
    """Releases with their components, and datasets, that the moment knows."""
    releases = {entry.key for entry in view.scan("releases")} - {DEPLOYED}
    found = {entry.value["blob"] for entry in view.scan("datasets")}
    found |= {entry.value["blob"] for entry in view.scan("runs")}
    return found | release_parts(releases, blobs=system.blobs)


def _files(system: System, view: View) -> Iterator[tuple[str, bytes]]:
    """The prompts and rules of the deployed release, as files of the project folder."""
    deployed = view.get("releases", DEPLOYED)
    if deployed is None:
        return
    release = json.loads(system.blobs.get(deployed.value["release"]))["components"]
    parts = {
        part: json.loads(system.blobs.get(release[part].removeprefix("sha256:")))
        for part in ("prompt", "guard")
    }
    for name, text in parts["prompt"]["prompts"].items():
        yield f"prompts/{name}.md", text.encode()
    if parts["guard"]["policies"]:
        yield system.settings.guard.policies, parts["guard"]["policies"].encode()


def _add_chunks(system: System, space: Space, live: list[str], *, writer: Writer) -> None:
    lines, vectors = [], []
    for _, pieces, columns in rows.stored(system.lake.chunks, space, documents=live):
        lines += [
            canonical([one.id, one.document, one.ordinal, one.title, one.text, list(one.terms)])
            for one in pieces
        ]
        vectors.append(columns.vectors)
    data = io.BytesIO()
    np.save(data, np.concatenate(vectors), allow_pickle=False)
    title = f"{CHUNKS}{space.preprocessing}/{space.embedder}/{space.dimensions}"
    writer.add(title, b"\n".join(lines), media_type=LINES)
    writer.add(f"{VECTORS}/{title}", data.getvalue(), media_type="application/x-npy")


def _document(system: System, bundle: Bundle, layer: Layer) -> None:
    name = layer.title.removeprefix(DOCUMENT)
    system.lake.documents.put([Document(name, layer.media_type, bundle.read(layer))])


def _chunks(system: System, bundle: Bundle, layer: Layer, *, vectors: Layer) -> None:
    preprocessing, embedder, dimensions = layer.title.removeprefix(CHUNKS).split("/")
    space = Space(preprocessing, embedder, int(dimensions))
    held = [json.loads(line) for line in bundle.read(layer).split(b"\n")]
    pieces = [
        Chunk(name, document, ordinal, title, text, tuple(terms))
        for name, document, ordinal, title, text, terms in held
    ]
    numbers = np.load(io.BytesIO(bundle.read(vectors)), allow_pickle=False)
    system.lake.chunks.append(pieces, numbers, space=space)


def _events(data: bytes) -> Iterator[Event]:
    for line in data.split(b"\n"):
        if line:
            one: Any = json.loads(line)
            edges = tuple(Edge(source, strength) for source, strength in one["sources"])
            yield Event(one["store"], one["key"], one["value"], edges)


def _compared(system: System, environment: str, bundle: Bundle, *, events: int) -> Restored:
    view = system.view(environment)
    deployed = view.get("releases", DEPLOYED)
    found: dict[str, Json] = {
        "corpus": corpus.state(view).digest,
        "release": deployed.value["release"] if deployed else "",
        "datasets": {entry.key: entry.value["digest"] for entry in view.scan("datasets")},
    }
    for part, value in found.items():
        if value != bundle.config[part]:
            raise CorruptionError(
                f"{part} came back as {value!r}, sealed is {bundle.config[part]!r}"
            )
    return Restored(
        bundle.config["name"],
        str(system.root),
        environment,
        documents=corpus.state(view).documents,
        events=events,
        **found,
    )


def _open(vault: Vault, name: str, *, keys: frozenset[str]) -> Bundle:
    check_name(name, kind="bundle")
    # Named when it is not there, before its index is missed.
    vault.files(name)
    return Bundle(vault, name, trusted=keys)


def _told(bundle: Bundle) -> Sealed:
    size = sum(layer.size for layer in bundle.layers)
    lock = bundle.vault.lock(bundle.name)
    return Sealed(
        bundle.name, bundle.where, bundle.digest, bundle.signer, bundle.config, size, lock
    )
