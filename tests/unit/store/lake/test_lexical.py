from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.store.lake import lexical as module
from holdfast.store.lake.index import LiveRows
from holdfast.store.lake.lexical import K1, B, lexical
from holdfast.store.lake.terms import terms
from tests.unit.store.lake.world import World

WORDS = "harbour ship tide crane cargo rope".split()
LINE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)


def rows(world: World) -> LiveRows:
    return world.search()._rows(world.head)


def expected(lines: list[str], question: str) -> dict[str, float]:
    """BM25 by its definition."""
    texts = {line: Counter(terms(line)) for line in lines}
    average = sum(sum(text.values()) for text in texts.values()) / len(texts)
    scores = dict.fromkeys(texts, 0.0)
    for term, times in Counter(terms(question)).items():
        held = sum(term in text for text in texts.values())
        weight = times * math.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        for line, text in texts.items():
            length = K1 * (1 - B + B * sum(text.values()) / average)
            scores[line] += weight * text[term] * (K1 + 1) / (text[term] + length)
    return {line: round(score, 6) for line, score in scores.items() if score}


def found(world: World, question: str) -> dict[str, float]:
    live = rows(world)
    scored = lexical(live, terms(question))
    hits = world.lake.chunks.take(
        [int(row) for row in live.index.rows(scored.places)], space=world.search().space
    )
    return {chunk.text: score for chunk, score in zip(hits, scored.scores.tolist(), strict=True)}


@settings(max_examples=60)
@given(st.lists(LINE, min_size=1, max_size=15, unique=True), LINE)
def test_scores_are_bm25s(lines: list[str], question: str) -> None:
    world = World()
    for i, line in enumerate(lines):
        world.write({f"{i}": line})
    assert found(world, question) == pytest.approx(expected(lines, question), abs=1e-6)


def test_terms_that_are_nowhere_or_twice() -> None:
    world = World()
    world.write({"a": "crane tide", "b": "tide"})
    assert found(world, "unknown") == {}
    assert found(world, "unknown crane") == found(world, "crane")
    assert found(world, "crane crane")["crane tide"] == pytest.approx(
        2 * found(world, "crane")["crane tide"], abs=1e-5
    )


def test_common_terms_only_score_what_rare_ones_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    lines = [f"common filler{i}" for i in range(30)]
    world.write({line: line for line in [*lines, "common rare", "rare"]})
    everything = found(world, "common rare")
    monkeypatch.setattr(module, "BUDGET", 5)
    bounded = found(world, "common rare")
    assert len(everything) == 32
    assert bounded == {line: everything[line] for line in ("common rare", "rare")}
    assert len(found(world, "common")) == 31, "the rarest term is always worked on"


def test_the_most_promising_candidates_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.write({f"{i}": "crane " * (i + 1) + "tide " * 3 for i in range(12)})
    everything = found(world, "crane")
    monkeypatch.setattr(module, "CANDIDATES", 4)
    best = sorted(everything.items(), key=lambda item: -item[1])[:4]
    assert found(world, "crane") == dict(best)


def test_one_question_leaves_nothing_to_the_next() -> None:
    world = World()
    world.write({"a": "crane tide", "b": "tide rope"})
    first = found(world, "crane tide")
    for question in ("rope", "tide", "rope tide"):
        found(world, question)
    assert found(world, "crane tide") == first
