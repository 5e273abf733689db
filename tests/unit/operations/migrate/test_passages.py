from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from holdfast.domain.document import Space
from holdfast.errors import StateError
from holdfast.operations.build import space_of, target_of
from holdfast.operations.migrate import passages as making
from holdfast.operations.migrate.migrations import Migrations
from holdfast.operations.migrate.passages import lacking, passages
from holdfast.operations.migrate.plan import live_documents
from holdfast.pipeline.prepare import Target, embed
from tests.support.project import Shop


def own(shop: Shop) -> Space:
    return space_of(shop.project.deployed(), blobs=shop.parts.blobs)


def embedded_otherwise(shop: Shop) -> Target:
    goal = target_of(own(shop), system=shop.system)
    return replace(goal, space=replace(goal.space, embedder="0" * 64))


def cut_otherwise(shop: Shop) -> Target:
    migration = Migrations(shop.system, shop.project.runtime).start("production", ["chunking=100"])
    return target_of(migration.target, system=shop.system)


def filling(shop: Shop, goal: Target):
    names = live_documents(shop.system.view("production"))
    return lacking(shop.system, names, source=own(shop), goal=goal)


def cut_anew(shop: Shop, goal: Target):
    documents = shop.parts.lake.documents.held.values()
    return {document.digest: passages(document, goal) for document in documents}


def test_another_embedder_gets_the_chunks_of_the_old_column(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = embedded_otherwise(shop)
    anew = cut_anew(shop, goal)
    monkeypatch.delattr(making, "passages")
    assert {chunks[0].document: chunks for chunks in filling(shop, goal)} == anew


@pytest.mark.parametrize("made", [embedded_otherwise, cut_otherwise])
def test_what_the_old_column_has_not_or_otherwise_is_cut(
    shop: Shop, made: Callable[[Shop], Target]
) -> None:
    goal = made(shop)
    gone = next(iter(shop.parts.lake.documents.held))
    shop.parts.lake.spaces.drop({gone}, space=own(shop))
    anew = cut_anew(shop, goal)
    assert {chunks[0].document: chunks for chunks in filling(shop, goal)} == anew


def test_what_came_in_meanwhile_is_left_out(shop: Shop) -> None:
    goal = embedded_otherwise(shop)
    left = filling(shop, goal)
    came, chunks = next(iter(cut_anew(shop, goal).items()))
    shop.parts.lake.chunks.append(chunks, embed(chunks, goal), space=goal.space)
    assert came not in {chunks[0].document for chunks in left}


def test_a_document_that_cannot_be_cut_is_named(shop: Shop) -> None:
    goal = cut_otherwise(shop)
    document = next(iter(shop.parts.lake.documents.held.values()))
    broken = type(document)(document.digest, document.media_type, b" ")
    with pytest.raises(StateError, match=document.digest):
        passages(broken, goal)
