"""A sealed bundle in the OCI image layout: blobs by digest, a manifest, and a signed statement.

Layout and manifest are those of the OCI image specification 1.1, so that registries and their
tools can carry a bundle; the statement is an in-toto Statement v1 in a DSSE envelope.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from holdfast.domain.digest import JsonObject, canonical, digest_bytes
from holdfast.errors import CorruptionError, HoldfastError, NotFoundError, StorageError
from holdfast.ports.vault import Draft, Vault
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
BLOBS = "blobs/sha256/"


@dataclass(frozen=True, slots=True)
class Layer:
    """One part of a bundle: its title says what it is, its digest what must be in it."""

    title: str
    digest: str
    size: int
    media_type: str


class Writer:
    """Writes a bundle into a vault, layer by layer; ``seal`` makes it be there."""

    def __init__(self, name: str, draft: Draft) -> None:
        self._name = name
        self._draft = draft
        self._put: dict[str, str] = {}
        self._layers: list[JsonObject] = []

    def add(self, title: str, data: bytes, *, media_type: str) -> str:
        """Add a layer; its digest."""
        made = self._blob(data, media_type=media_type)
        self._layers.append({**made, "annotations": {TITLE: title}})
        return str(made["digest"])

    def seal(self, config: JsonObject, *, key: Key) -> str:
        """Write manifest, statement and index; the bundle's digest.

        The index comes last, after all else was read back. Raises ``StorageError`` when a file did
        not arrive as it was sent.
        """
        manifest = self._manifest(
            {
                "artifactType": ARTIFACT,
                "config": self._blob(canonical(config), media_type=CONFIG),
                "layers": self._layers,
            }
        )
        digest = str(manifest["digest"])
        subject = {"name": self._name, "digest": {"sha256": digest.removeprefix("sha256:")}}
        statement = {
            "_type": STATEMENT,
            "subject": [subject],
            "predicateType": PREDICATE,
            "predicate": config,
        }
        envelope = self._blob(canonical(sign(statement, key=key)), media_type=ENVELOPE)
        attestation = self._manifest(
            {
                "artifactType": ENVELOPE,
                "config": self._blob(b"{}", media_type=EMPTY),
                "layers": [envelope],
                "subject": manifest,
            }
        )
        named = {**manifest, "annotations": {"org.opencontainers.image.ref.name": "sealed"}}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [named, attestation]}
        layout = canonical({"imageLayoutVersion": "1.0.0"})
        self._file("oci-layout", layout, name=digest_bytes(layout))
        self._read_back()
        self._draft.finish("index.json", canonical(index))
        return digest

    def _manifest(self, parts: JsonObject) -> JsonObject:
        whole = {"schemaVersion": 2, "mediaType": MANIFEST, **parts}
        return self._blob(canonical(whole), media_type=MANIFEST)

    def _blob(self, data: bytes, *, media_type: str) -> JsonObject:
        name = digest_bytes(data)
        self._file(BLOBS + name, data, name=name)
        return {"mediaType": media_type, "digest": f"sha256:{name}", "size": len(data)}

    def _file(self, path: str, data: bytes, *, name: str) -> None:
        if path not in self._put:
            self._draft.put(path, data)
            self._put[path] = name

    def _read_back(self) -> None:
        for path, name in self._put.items():
            if digest_bytes(self._draft.read(path)) != name:
                raise StorageError(
                    f"'{self._name}/{path}' did not arrive as it was sent; nothing was sealed: "
                    "see to the vault's storage and seal again"
                )


class Bundle:
    """A bundle of a vault, whose signature was checked when it was opened.

    Raises ``CorruptionError`` for what is not as it was sealed, ``UsageError`` for a signer who is
    not trusted.
    """

    def __init__(self, vault: Vault, name: str, *, trusted: frozenset[str]) -> None:
        self.vault, self.name = vault, name
        self.where = f"{vault.where}/{name}"
        index = self._index()
        try:
            manifest, attestation = index["manifests"]
            self.digest = str(manifest["digest"])
            envelope = self._parsed(self._parsed(attestation)["layers"][0])
            signed: Signed = check(envelope, trusted=trusted, where=self.where)
            subject = signed.statement["subject"][0]["digest"]["sha256"]
            if f"sha256:{subject}" != self.digest or signed.statement["_type"] != STATEMENT:
                raise CorruptionError(
                    f"{self.where!r}: the statement is about another bundle, sha256:{subject}"
                )
            told = self._parsed(manifest)
            self.config: JsonObject = self._parsed(told["config"])
            self.layers = tuple(
                Layer(one["annotations"][TITLE], one["digest"], one["size"], one["mediaType"])
                for one in told["layers"]
            )
            if signed.statement["predicate"] != self.config:
                raise CorruptionError(f"{self.where!r}: the statement tells of another content")
        except HoldfastError:
            raise
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as e:
            raise CorruptionError(f"{self.where!r} is no bundle: {e!r}") from e
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
        for path in self.vault.files(self.name):
            name = path.removeprefix(BLOBS)
            if name in known or name == path:
                continue
            if digest_bytes(self.vault.read(self.name, path)) != name:
                yield f"'{self.where}/{path}' does not match its name"

    def _parsed(self, descriptor: JsonObject) -> Any:
        return json.loads(self._checked(descriptor["digest"], title=descriptor["mediaType"]))

    def _checked(self, name: str, *, title: str) -> bytes:
        path = BLOBS + name.removeprefix("sha256:")
        where = f"{self.where}/{path}"
        try:
            data = self.vault.read(self.name, path)
        except (NotFoundError, StorageError) as e:
            raise CorruptionError(f"{title!r} is not to be read: {e}") from e
        if f"sha256:{digest_bytes(data)}" != name:
            raise CorruptionError(f"{title!r} does not match its digest: {where!r}")
        return data

    def _index(self) -> Any:
        try:
            return json.loads(self.vault.read(self.name, "index.json"))
        except (NotFoundError, StorageError, ValueError) as e:
            raise CorruptionError(
                f"'{self.where}/index.json' is not the index of a bundle: {e}"
            ) from e
