from __future__ import annotations

from holdfast.domain.digest import digest
from holdfast.domain.release import COMPONENTS, Release


def made(**changed: str) -> Release:
    return Release(tuple((name, changed.get(name, digest(name))) for name in COMPONENTS))


def test_the_digest_is_pinned():
    # A release has the same name on every machine and in every version.
    assert made().digest == "de87a4eac262a1c864e57296f04d56a34b69846c6072daf13c5719df1e94074a"


def test_every_component_counts():
    digests = {made(**{name: digest("other")}).digest for name in COMPONENTS}
    assert len(digests | {made().digest}) == len(COMPONENTS) + 1


def test_a_manifest_reads_back():
    assert Release.from_json(made().json()) == made()
    assert made()["prompt"] == digest("prompt")
