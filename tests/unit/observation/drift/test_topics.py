from __future__ import annotations

import json

import numpy as np

from holdfast.observation.drift.topics import Topics, topics
from tests.support.seen import asked, embed


def made(n: int = 120) -> tuple[Topics, list[str]]:
    rows = asked(np.random.default_rng(0), n, shares=[0.6, 0.4])
    texts = [row.fact.question for row in rows]
    return topics(embed(texts), texts, embedder="e", most=2), texts


def test_texts_are_grouped_by_what_they_are_about() -> None:
    found, texts = made()
    assert found.names == ("shoes", "delivery")
    place, far = found.place(embed(texts))
    assert [found.names[p] for p in place] == [text.split()[0] for text in texts]
    assert far.max() < 0.6


def test_another_subject_is_far_from_all() -> None:
    found, _ = made()
    assert found.place(embed(["students 1"]))[1][0] > 0.6


def test_topics_survive_being_stored() -> None:
    found, texts = made()
    again = Topics.from_json(json.loads(json.dumps(found.to_json())))
    assert again.names == found.names
    assert (again.place(embed(texts))[0] == found.place(embed(texts))[0]).all()


def test_a_word_of_one_text_names_nothing() -> None:
    texts = [*(f"shoes {n}" for n in range(29)), "shoes secret secret"]
    assert "secret" not in " ".join(topics(embed(texts), texts, embedder="e").names)


def test_few_or_equal_texts_are_one_topic() -> None:
    assert topics(embed(["shoes 1"]), ["shoes 1"], embedder="e").names == ("topic 1",)
    same = ["shoes 1"] * 60
    assert topics(embed(same), same, embedder="e").names == ("topic 1",)
