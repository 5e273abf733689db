from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.errors import CorruptionError, StateError
from holdfast.operations.build import build, space_of
from holdfast.operations.verify.rebuild import rebuild
from holdfast.store.releases import catalog
from tests.support.project import Shop


def held(shop: Shop):
    """The rows of the deployed release's space, to be tampered with."""
    space = space_of(shop.project.deployed(), blobs=shop.parts.blobs)
    return shop.parts.lake.chunks.spaces[space]


def test_what_is_stored_is_made_again(shop: Shop) -> None:
    one = rebuild(shop.system, "production")
    assert one.identical
    assert [part.part for part in one.compared] == ["corpus", "chunks", "vectors", "index"]
    assert (one.documents, one.chunks, one.stored) == (3, 3, 0)
    three = rebuild(shop.system, "production", threads=3)
    assert three.compared == one.compared


def test_a_moment_is_made_again_as_its_release_made_it(shop: Shop) -> None:
    before = rebuild(shop.system, "production")
    shop.project.snapshot("small")
    shop.configure("[preprocessing]\nmax_characters = 100\n")
    shop.bring("long.md", "# Long\n\n" + "A sentence about parcels. " * 30)
    shop.project.deploy()
    after = rebuild(shop.system, "production")
    assert after.identical
    assert after.chunks > before.chunks
    again = rebuild(shop.system, "production", at="small")
    assert again.identical
    assert again.compared == before.compared


@pytest.mark.parametrize(
    ("tamper", "parts", "why"),
    [
        (lambda c, v: (replace(c, text="90 days"), v), {"chunks"}, "other chunks"),
        (lambda c, v: (c, np.roll(v, 1)), {"vectors", "index"}, "vectors"),
        (lambda c, v: (replace(c, terms=(7,)), v), {"chunks", "index"}, "other chunks"),
    ],
)
def test_another_row_is_named(shop: Shop, tamper, parts, why) -> None:
    rows = held(shop)
    number = next(n for n, (chunk, _) in rows.items() if "Shoes" in chunk.text)
    rows[number] = tamper(*rows[number])
    done = rebuild(shop.system, "production")
    assert not done.identical
    assert {part.part for part in done.compared if not part.identical} == parts
    ((path, said),) = done.differing
    assert path == "returns.md"
    assert why in said


def test_what_the_lake_lacks_can_be_stored_again(shop: Shop) -> None:
    space = space_of(shop.project.deployed(), blobs=shop.parts.blobs)
    whole = rebuild(shop.system, "production").compared
    shop.parts.lake.spaces.forget(space)
    lacking = rebuild(shop.system, "production")
    assert [why for _, why in lacking.differing] == ["its chunks are not stored"] * 3
    assert shop.parts.lake.chunks.documents(space) == set()
    done = rebuild(shop.system, "production", store=True)
    assert (done.identical, done.stored, done.compared) == (True, 3, whole)


def test_a_lost_document_is_an_error(shop: Shop) -> None:
    name = shop.project.documents()[0]["document"]
    del shop.parts.lake.documents.held[name]
    with pytest.raises(CorruptionError, match=f"document '{name}' is lost"):
        rebuild(shop.system, "production")


def test_what_another_version_cut_is_not_made_again(shop: Shop) -> None:
    parts = dict(build(shop.system))
    parts["preprocessing"] = {**parts["preprocessing"], "terms": {"version": 0}}
    release = catalog.save(parts, blobs=shop.parts.blobs).digest
    shop.project.remove([entry["path"] for entry in shop.project.documents()])
    shop.system.append.append(_deployed(shop, release))
    with pytest.raises(StateError, match="this version has"):
        rebuild(shop.system, "production")


def _deployed(shop: Shop, release: str):
    from holdfast.domain.event import Change, Event

    timeline = shop.project.head().timeline
    return Change(timeline, "deploy", (Event("releases", "deployed", {"release": release}),))
