from __future__ import annotations

import numpy as np
import pytest

import holdfast
from holdfast.operations.ingest import intake_for
from holdfast.operations.pin import pin
from holdfast.store.lake import search


@pytest.fixture
def project(tmp_path):
    with holdfast.init(tmp_path / "shop") as opened:
        for number in range(60):
            page = f"# Page {number}\n\nBoots number {number} cost {number} pounds and last long."
            (opened.root / "documents" / f"{number}.md").write_text(page)
        opened.ingest()
        opened.deploy()
        yield opened


def test_a_small_corpus_is_searched_exactly(project):
    system = project._system
    made = pin(system, intake_for(system, "production"))
    assert made == 0
    assert project.ask("What do boots cost?").stamp.space["index"] == "exact"


def test_a_large_one_is_pinned_once_and_a_rollback_takes_it_back(project, monkeypatch):
    system = project._system
    before = project.head().cut
    exact = project.ask("What does boots number 7 cost?")
    monkeypatch.setattr(search, "EXACT", 20)
    monkeypatch.setattr("holdfast.store.lake.pin.WIDE", (1.0,))
    monkeypatch.setattr("holdfast.store.lake.pin.NARROW", 1)
    made = [pin(system, intake_for(system, "production")) for _ in range(2)]
    assert made == [1, 0]
    pinned = project.ask("What does boots number 7 cost?")
    assert pinned.stamp.space["index"] != "exact"
    assert np.isclose(pinned.stamp.hits[0].similarity, exact.stamp.hits[0].similarity)
    assert project.replay(pinned.id).identical
    assert project.replay(exact.id).identical
    project.rollback(str(before))
    again = project.ask("What does boots number 7 cost?")
    assert again.stamp.behaviour() == exact.stamp.behaviour()
