"""Keep releases and find them again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from holdfast.domain.digest import JsonObject, canonical, digest
from holdfast.domain.document import Space
from holdfast.domain.release import COMPONENTS, Release
from holdfast.errors import MomentError, NotFoundError, StateError
from holdfast.ports.blobs import Blobs
from holdfast.ports.ledger import Ledger, Query
from holdfast.store.ledger.as_of import View

DEPLOYED = "deployed"

Components: TypeAlias = Mapping[str, JsonObject]
"""Component name -> its document."""


def release_of(parts: Components) -> Release:
    """The release that components make; nothing is stored."""
    return Release(tuple((name, digest(parts[name])) for name in COMPONENTS))


def save(parts: Components, *, blobs: Blobs) -> Release:
    """Store every component and the manifest; the same components give the same release."""
    for name in COMPONENTS:
        blobs.put(canonical(parts[name]))
    release = release_of(parts)
    blobs.put(release.manifest())
    return release


def load(name: str, *, blobs: Blobs) -> Release:
    """A stored release by its full digest. Raises ``NotFoundError``."""
    return Release.from_json(json.loads(blobs.get(name)))


def components(name: str, *, blobs: Blobs) -> Components:
    """The documents behind a stored release, by its full digest."""
    release = load(name, blobs=blobs)
    return {part: json.loads(blobs.get(address)) for part, address in release.components}


def parts_of(space: Space, *, blobs: Blobs) -> Components:
    """The two components that decide how documents are prepared, as a space names them."""
    return {
        "embedder": json.loads(blobs.get(space.embedder)),
        "preprocessing": json.loads(blobs.get(space.preprocessing)),
    }


def deployed(view: View, *, environment: str) -> str:
    """Digest of the release deployed as of a view. Raises ``StateError`` if there is none."""
    entry = view.get("releases", DEPLOYED)
    if entry is None:
        raise StateError(
            f"no release is deployed in {environment!r} as of {view.cut}; run 'holdfast deploy'"
        )
    name: str = entry.value["release"]
    return name


def find(prefix: str, *, ledger: Ledger) -> str:
    """The full digest of the one known release that starts with ``prefix``."""
    query = Query(store="releases", prefix=prefix)
    known = sorted({entry.key for _, entry in ledger.history(query)} - {DEPLOYED})
    if not known:
        raise NotFoundError(f"no release starts with {prefix!r}; 'holdfast releases' lists them")
    if len(known) > 1:
        raise MomentError(f"{prefix!r} could be any of {', '.join(d[:16] for d in known)}")
    return known[0]
