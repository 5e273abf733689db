from __future__ import annotations

import math

import pytest

from holdfast.evaluation.scorers.ngrams import grams, vocabulary

TEXTS = ["return my shoes", "return my hat", "ship a hat"]


def test_words_pairs_and_letters() -> None:
    found = list(grams("My shoe"))
    assert found[:3] == ["w:my", "w:shoe", "w:my shoe"]
    assert {"c: my", "c:shoe", "c: sho"} <= set(found)


def test_only_frequent_ones_are_kept_and_rare_ones_weigh_more() -> None:
    made = vocabulary(TEXTS, least={"w": 2, "c": 99})
    assert set(made.places) == {"w:return", "w:my", "w:return my", "w:hat"}
    everything = vocabulary(TEXTS, least={"w": 1, "c": 1})
    idf = {name: everything.idf[place] for name, place in everything.places.items()}
    assert idf["w:ship"] == pytest.approx(math.log(4 / 2) + 1)
    assert idf["w:hat"] == pytest.approx(math.log(4 / 3) + 1)


def test_weights_have_unit_length_by_kind() -> None:
    made = vocabulary(TEXTS, least={"w": 1, "c": 1})
    weights = made.weights("return return hat")
    kinds = {place: name[0] for name, place in made.places.items()}
    for kind in "wc":
        assert sum(v * v for p, v in weights.items() if kinds[p] == kind) == pytest.approx(1.0)
    assert made.weights("zzz") == {}
