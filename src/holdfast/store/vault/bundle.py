"""A sealed folder in the OCI image layout: blobs by digest, a manifest, and a signed statement.

Layout and manifest are those of the OCI image specification 1.1, so that registries and their
tools can carry a bundle; the statement is an in-toto Statement v1 in a DSSE envelope.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC, EROFS
from pathlib import Path
from typing import Any, Self

from holdfast.domain.digest import JsonObject, canonical, digest_bytes
from holdfast.errors import (
    CorruptionError,
    HoldfastError,
    StorageError,
    StorageFullError,
    UsageError,
)
from holdfast.store.vault.sign import Key, Signed, check, sign

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT = "application/vnd.holdfast.vault.v1"
CONFIG = "application/vnd.holdfast.vault.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:holdfast:vault:v1"
TITLE = "org.opencontainers.image.title"
FILE, FOLDER = 0o444, 0o555


@dataclass(frozen=True, slots=True)
class Layer:
    """One part of a bundle: its title says what it is, its digest what must be in it."""

    title: str
    digest: str
    size: int
    media_type: str


class Writer:
    """Writes a bundle beside its place and moves it there whole, read-only.

    Use it as a context manager: what is not finished is gone. Raises ``UsageError`` for a name
    that is taken: a bundle is written once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
        self._layers: list[JsonObject] = []
        if folder.exists():
            raise UsageError(f"{str(folder)!r} is sealed already; a bundle is written once")

    def __enter__(self) -> Self:
        with translated(self._folder):
            (self._new / "blobs" / "sha256").mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._new, ignore_errors=True)

    def add(self, title: str, data: bytes, *, media_type: str) -> str:
        """Add a layer; its digest."""
        made = self._blob(data, media_type=media_type)
        self._layers.append({**made, "annotations": {TITLE: title}})
        return str(made["digest"])

    def seal(self, config: JsonObject, *, key: Key) -> str:
        """Write manifest, statement and index, and move the bundle into place; its digest."""
        with translated(self._folder):
            manifest = self._blob(
                canonical(
                    {
                        "schemaVersion": 2,
                        "mediaType": MANIFEST,
                        "artifactType": ARTIFACT,
                        "config": self._blob(canonical(config), media_type=CONFIG),
                        "layers": self._layers,
                    }
                ),
                media_type=MANIFEST,
            )
            statement = {
                "_type": STATEMENT,
                "subject": [
                    {
                        "name": config["name"],
                        "digest": {"sha256": manifest["digest"].removeprefix("sha256:")},
                    }
                ],
                "predicateType": PREDICATE,
                "predicate": config,
            }
            envelope = self._blob(canonical(sign(statement, key=key)), media_type=ENVELOPE)
            attestation = self._blob(
                canonical(
                    {
                        "schemaVersion": 2,
                        "mediaType": MANIFEST,
                        "artifactType": ENVELOPE,
                        "config": self._blob(b"{}", media_type=EMPTY),
                        "layers": [envelope],
                        "subject": manifest,
                    }
                ),
                media_type=MANIFEST,
            )
            named = {**manifest, "annotations": {"org.opencontainers.image.ref.name": "sealed"}}
            index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [named, attestation]}
            self._write(self._new / "index.json", canonical(index))
            self._write(self._new / "oci-layout", canonical({"imageLayoutVersion": "1.0.0"}))
            self._place()
        return str(manifest["digest"])

    def _place(self) -> None:
        for path in sorted(self._new.rglob("*"), reverse=True):
            path.chmod(FOLDER if path.is_dir() else FILE)
        self._new.rename(self._folder)
        self._folder.chmod(FOLDER)
        handle = os.open(self._folder.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _blob(self, data: bytes, *, media_type: str) -> JsonObject:
        name = digest_bytes(data)
        path = self._new / "blobs" / "sha256" / name
        with translated(self._folder):
            if not path.exists():
                self._write(path, data)
        return {"mediaType": media_type, "digest": f"sha256:{name}", "size": len(data)}

    def _write(self, path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


class Bundle:
    """A sealed folder, whose signature was checked when it was opened.

    Raises ``CorruptionError`` for what is not as it was sealed, ``UsageError`` for a signer who is
    not trusted.
    """

    def __init__(self, folder: Path, *, trusted: frozenset[str]) -> None:
        self.folder = folder
        index = self._json(folder / "index.json")
        try:
            manifest, attestation = index["manifests"]
            self.digest = str(manifest["digest"])
            envelope = self._parsed(self._parsed(attestation)["layers"][0])
            signed: Signed = check(envelope, trusted=trusted, where=str(folder))
            subject = signed.statement["subject"][0]["digest"]["sha256"]
            if f"sha256:{subject}" != self.digest or signed.statement["_type"] != STATEMENT:
                raise CorruptionError(
                    f"{str(folder)!r}: the statement is about another bundle, sha256:{subject}"
                )
            told = self._parsed(manifest)
            self.config: JsonObject = self._parsed(told["config"])
            self.layers = tuple(
                Layer(one["annotations"][TITLE], one["digest"], one["size"], one["mediaType"])
                for one in told["layers"]
            )
            if signed.statement["predicate"] != self.config:
                raise CorruptionError(f"{str(folder)!r}: the statement tells of another content")
        except HoldfastError:
            raise
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as e:
            raise CorruptionError(f"{str(folder)!r} is no bundle: {e!r}") from e
        self.signer = signed.key

    def read(self, layer: Layer) -> bytes:
        """A layer's bytes. Raises ``CorruptionError`` when they are not what was sealed."""
        return self._checked(layer.digest, title=layer.title)

    def damaged(self) -> Iterator[str]:
        """Every layer that is not what was sealed, and every file that does not belong there."""
        known = set()
        for layer in self.layers:
            known.add(layer.digest.removeprefix("sha256:"))
            try:
                self.read(layer)
            except CorruptionError as e:
                yield str(e)
        for path in sorted((self.folder / "blobs" / "sha256").iterdir()):
            if path.name not in known and digest_bytes(path.read_bytes()) != path.name:
                yield f"{str(path)!r} does not match its name"

    def _parsed(self, descriptor: JsonObject) -> Any:
        return json.loads(self._checked(descriptor["digest"], title=descriptor["mediaType"]))

    def _checked(self, name: str, *, title: str) -> bytes:
        path = self.folder / "blobs" / "sha256" / name.removeprefix("sha256:")
        try:
            data = path.read_bytes()
        except OSError as e:
            raise CorruptionError(
                f"{title!r} is not to be read at {str(path)!r}: {e.strerror}"
            ) from e
        if f"sha256:{digest_bytes(data)}" != name:
            raise CorruptionError(f"{title!r} does not match its digest: {str(path)!r}")
        return data

    def _json(self, path: Path) -> Any:
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError) as e:
            raise CorruptionError(f"{str(path)!r} is not the index of a bundle: {e}") from e


class translated:  # noqa: N801 - reads as a verb where it is used
    """What the file system refuses, in our own words."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        """Nothing is opened."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError):
            return
        where = str(self._folder)
        if error.errno in (ENOSPC, EDQUOT):
            raise StorageFullError(
                f"no space left to seal {where!r}; nothing was sealed: free some and seal again"
            ) from error
        reason = "the file system is read-only" if error.errno == EROFS else error.strerror
        raise StorageError(
            f"cannot seal {where!r}: {reason}; nothing was sealed: see to the folder, or give "
            "another one in vault.path"
        ) from error
