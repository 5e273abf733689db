"""Releases: manifests of component digests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.domain.digest import canonical, digest_bytes

COMPONENTS = (
    "code",
    "prompt",
    "model",
    "embedder",
    "preprocessing",
    "retrieval",
    "sampling",
    "guard",
    "tools",
)
"""What a release is made of; each is a JSON document that its digest names."""

MEDIA_TYPE = "application/vnd.holdfast.release.v1+json"


@dataclass(frozen=True, slots=True)
class Release:
    """A manifest: component name -> digest, in the order of ``COMPONENTS``.

    >>> release = Release(tuple((name, "0" * 64) for name in COMPONENTS))
    >>> release.digest == Release.from_json(release.json()).digest
    True
    """

    components: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """The release's name: sha256 of its canonical manifest."""
        return digest_bytes(self.manifest())

    def manifest(self) -> bytes:
        """The manifest's canonical bytes, an OCI-like shape."""
        return canonical(self.json())

    def json(self) -> dict[str, Any]:
        return {
            "schemaVersion": 1,
            "mediaType": MEDIA_TYPE,
            "components": {name: f"sha256:{digest}" for name, digest in self.components},
        }

    @classmethod
    def from_json(cls, manifest: dict[str, Any]) -> Release:
        components = manifest["components"]
        return cls(tuple((name, components[name].removeprefix("sha256:")) for name in COMPONENTS))

    def __getitem__(self, component: str) -> str:
        return dict(self.components)[component]
