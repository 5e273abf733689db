from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from holdfast.domain.document import Hit
from holdfast.domain.moment import Cut
from holdfast.store.lake import index as module
from holdfast.store.lake.index import CorpusIndex, Rows
from holdfast.store.lake.numbers import Numbers
from holdfast.store.lake.search import CorpusSearch
from tests.unit.store.lake.world import SPACE, World, vector


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 8)


def make(world: World, folder: Path | None = None) -> CorpusIndex:
    return CorpusIndex(world.lake.chunks, SPACE, numbers=Numbers(), folder=folder)


def ids(rows: Rows) -> list[bytes]:
    return rows.ids(np.arange(len(rows))).tolist()


def hits(search: CorpusSearch, cut: Cut) -> list[Hit]:
    """What is found, wherever the lake keeps it."""
    found = search.search("text 0", vector("text 0"), at=cut, depth=9)
    return [replace(hit, row=0) for hit in found]


def stored(world: World) -> list[bytes]:
    return [one for batch in world.lake.chunks.columns(SPACE) for one in batch.ids.tolist()]


def test_every_chunk_is_there_however_they_came(tmp_path: Path) -> None:
    world = World()
    growing = make(world, tmp_path)
    for i in range(40):
        world.store([f"{i} {j}\nsecond line" for j in range(i % 4)])
        rows = growing.refresh()
        assert ids(rows) == stored(world)
        assert [part.start for part in rows.parts] == list(
            np.cumsum([0, *(len(part.segment) for part in rows.parts)])[:-1]
        )
        sizes = [len(part.segment) for part in rows.parts]
        full = [size for size in sizes if size == 8]
        assert sizes[: len(full)] == full
        assert sum(sizes[len(full) :]) < 8
    assert ids(make(world, tmp_path).refresh()) == stored(world)
    assert ids(make(world).refresh()) == stored(world)


def test_refreshing_without_news_changes_nothing() -> None:
    world = World()
    world.store(["a", "b"])
    one = make(world)
    assert one.refresh() is one.refresh()


def test_full_segments_are_read_from_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.store([f"text {i}" for i in range(30)])
    make(world, tmp_path).refresh()
    asked = []
    columns = world.lake.chunks.columns

    def watched(space: object, *, after: int = -1) -> object:
        asked.append(after)
        return columns(SPACE, after=after)

    monkeypatch.setattr(world.lake.chunks, "columns", watched)
    again = make(world, tmp_path).refresh()
    assert ids(again) == stored(world)
    assert -1 not in asked[:2]
    assert asked[0] == again.parts[2].segment.last - 1


def test_the_last_segment_is_kept_at_a_start_once_it_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNSAVED", 2)
    world = World()
    world.store([f"text {i}" for i in range(13)])
    names = []
    for more in (0, 1, 1, 1, 3):
        world.store([f"more {i} of {len(names)}" for i in range(more)])
        rows = make(world, tmp_path).refresh()
        assert ids(rows) == stored(world)
        assert rows.documents.tolist() == make(world).refresh().documents.tolist()
        names.append(sorted(path.name[15:] for path in tmp_path.rglob("[+-]*")))
    first, second = f"-{7:015d}", f"-{12:015d}"
    assert names[0] == names[1] == names[2] == sorted([first, second])
    assert names[3] == sorted([first, f"-{15:015d}"]), "it takes the shorter one's place"
    assert first in names[4]


@pytest.mark.parametrize("seed", range(5))
def test_a_cut_shows_the_same_however_the_index_came_to_be(seed: int) -> None:
    generator = np.random.default_rng(seed)
    world = World()
    search = world.search()
    cuts = []
    for i in range(8):
        world.write({f"{i}/{j}": f"text {i}\n{j}" for j in range(generator.integers(1, 4))})
        cuts.append(world.head)
        if i % 3 == seed % 3:
            world.lake.drop(world.store(["text 0\n0"]))
            world.store(["text 0\n0"])
        for cut in cuts[-4:]:
            assert hits(search, cut) == hits(world.search(), cut)
            live = search.live(cut)
            found = search._index.live(live)
            anew = module._live(found.index, live)
            assert np.array_equal(found.mask, anew.mask)
            assert (found.count, found.terms) == (anew.count, anew.terms)
            assert (found.shown, found.whole) == (anew.shown, anew.whole)


def test_a_folder_of_another_lake_is_not_believed(tmp_path: Path) -> None:
    for text in ("one", "other"):
        world = World()
        world.store([f"{text} {i}" for i in range(20)])
        assert ids(make(world, tmp_path).refresh()) == stored(world)


@pytest.mark.parametrize("keep", [0, 70, -1])
def test_torn_files_are_made_again(tmp_path: Path, keep: int) -> None:
    world = World()
    world.store([f"text {i}" for i in range(30)])
    make(world, tmp_path).refresh()
    for name in ("places.npy", "vectors.npy"):
        file = sorted(tmp_path.rglob(name))[1]
        file.write_bytes(file.read_bytes()[:keep])
        assert ids(make(world, tmp_path).refresh()) == stored(world)


def test_no_half_written_segment_is_left(tmp_path: Path) -> None:
    world = World()
    world.store([f"text {i}" for i in range(30)])
    make(world, tmp_path).refresh()
    make(world, tmp_path).refresh()
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith((".new", "tmp"))]


def test_positions_may_be_asked_in_any_order() -> None:
    world = World()
    world.store([f"text {i}" for i in range(30)])
    rows = make(world).refresh()
    places = np.random.default_rng(0).permutation(30)
    every = ids(rows)
    assert rows.ids(places).tolist() == [every[i] for i in places]
    assert rows.rows(places).tolist() == places.tolist()
    assert np.array_equal(rows.vectors(places), rows.vectors(np.arange(30))[places])
    assert rows.names(places[:0]).tolist() == []


def test_documents_are_counted(tmp_path: Path) -> None:
    world = World()
    names = world.store(["one two\nthree", "four", "\n".join("abcdefghijk")])
    for folder in (tmp_path, tmp_path, None):
        numbers = Numbers()
        rows = CorpusIndex(world.lake.chunks, SPACE, numbers=numbers, folder=folder).refresh()
        found = {numbers.digest(i): int(count) for i, count in enumerate(rows.chunks)}
        assert [found[name] for name in names] == [2, 1, 11]
        assert rows.terms.sum() == rows.lengths.sum()
