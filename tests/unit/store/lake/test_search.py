from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain.document import Hit
from holdfast.domain.moment import Cut
from holdfast.errors import UsageError
from holdfast.store.lake.corpus import EMPTY
from holdfast.store.lake.search import CorpusSearch
from tests.unit.store.lake.world import World, vector

WORDS = "harbour ship tide crane cargo rope anchor sail dock pilot".split()
LINES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
TEXTS = st.lists(LINES, min_size=1, max_size=3).map("\n".join)


def ask(search: CorpusSearch, question: str, *, at: Cut, depth: int = 5) -> list[Hit]:
    return search.search(question, vector(question), at=at, depth=depth)


def facts(hits: list[Hit]) -> list[tuple[str, float, float, float]]:
    return [(hit.chunk, hit.score, hit.similarity, hit.lexical) for hit in hits]


def test_the_best_chunk_comes_first_and_has_its_text() -> None:
    world = World()
    world.write({"a": "the tide table\nropes and anchors", "b": "a crane lifts cargo"})
    search = world.search()
    hits = ask(search, "crane", at=world.head)
    assert search.take(hits)[0].text == "a crane lifts cargo"
    assert hits[0].similarity > 0.5
    assert hits[0].lexical > 0
    assert [hit.lexical for hit in hits[1:]] == [0.0, 0.0]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_an_empty_corpus_has_no_hits() -> None:
    world = World()
    search = world.search()
    assert ask(search, "crane", at=world.head) == []
    assert search.corpus(world.head) == EMPTY.digest


def test_a_question_without_terms_is_searched_by_its_vector() -> None:
    world = World()
    world.write({"a": "crane", "b": "tide"})
    hits = ask(world.search(), "of the", at=world.head)
    assert len(hits) == 2
    assert {hit.lexical for hit in hits} == {0.0}


def test_a_vector_of_another_space_is_refused() -> None:
    world = World()
    with pytest.raises(UsageError, match="16"):
        world.search().search("a", np.zeros(8, np.float32), at=world.head, depth=3)


def test_every_cut_is_searched_as_it_was() -> None:
    world = World()
    search = world.search()
    first = world.write({"a": "crane", "b": "tide"}).cut
    second = world.write({"a": "anchor"}).cut
    third = world.write({"b": None}).cut
    texts = [
        {chunk.text for chunk in search.take(ask(search, "crane", at=cut))}
        for cut in (first, second, third, first)
    ]
    assert texts == [{"crane", "tide"}, {"anchor", "tide"}, {"anchor"}, {"crane", "tide"}]


def test_a_rollback_brings_the_old_answer_back() -> None:
    world = World()
    search = world.search()
    good = world.write({"a": "crane cargo", "b": "crane tide"}).cut
    before = ask(search, "crane cargo", at=good)
    world.write({f"bad{i}": f"crane cargo {word}" for i, word in enumerate(WORDS)})
    assert ask(search, "crane cargo", at=world.head) != before
    back = world.fork(good)
    assert ask(search, "crane cargo", at=back) == before


def test_a_document_at_two_paths_is_found_once() -> None:
    world = World()
    world.write({"a": "crane", "b": "crane", "c": "tide"})
    search = world.search()
    hits = ask(search, "crane", at=world.head)
    assert len(hits) == 2
    assert search.live(world.head).paths(hits[0].document) == ["a", "b"]


def test_what_was_dropped_and_stored_again_is_found_in_its_new_rows() -> None:
    world = World()
    world.write({"a": "crane\ncargo\ntide", "b": "sail"})
    search = world.search()
    before = ask(search, "crane", at=world.head)
    world.lake.drop([before[0].document])
    world.write({"a": "crane\ncargo\ntide", "c": "dock"})
    world.write({"c": None})
    after = ask(search, "crane", at=world.head)
    assert facts(after) == facts(before)
    assert search.take(after)[0].text == "crane"


@settings(max_examples=60)
@given(
    st.lists(TEXTS, min_size=1, max_size=12, unique=True),
    st.lists(TEXTS, min_size=1, max_size=12, unique=True),
    st.randoms(use_true_random=False),
    LINES,
)
def test_what_is_not_live_has_no_influence(
    live: list[str], dead: list[str], random: object, question: str
) -> None:
    dead = [text for text in dead if text not in live]
    clean, dirty = World(), World()
    clean.write({f"{i}": text for i, text in enumerate(live)})
    order = [*live, *dead]
    random.shuffle(order)  # type: ignore[attr-defined]
    dirty.store(order)
    dirty.write({f"dead{i}": text for i, text in enumerate(dead)} or {"x": "none"})
    dirty.write({f"dead{i}": None for i in range(len(dead))} or {"x": None})
    dirty.write({f"{i}": text for i, text in enumerate(live)})
    expected = facts(ask(clean.search(), question, at=clean.head, depth=4))
    assert facts(ask(dirty.search(), question, at=dirty.head, depth=4)) == expected


def test_an_index_built_anew_finds_the_same(tmp_path: Path) -> None:
    world = World()
    one = world.search(tmp_path)
    for i, word in enumerate(WORDS):
        world.write({f"{i}": f"{word} crane\n{word} tide"})
        ask(one, word, at=world.head)
    other = world.search()
    for word in WORDS:
        assert ask(one, word, at=world.head) == ask(other, word, at=world.head)
