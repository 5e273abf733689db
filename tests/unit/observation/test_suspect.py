from __future__ import annotations

from dataclasses import replace

from holdfast.observation.suspect import Changed, fingerprints, suspects

DRAFT = Changed("document", "draft.md", "document:1", 9, 9, "ingest", "ana", "")


def test_a_change_that_all_rest_on_alike_is_no_suspect() -> None:
    everywhere = replace(DRAFT, name="all.md", ref="document:2", tick=12)
    bad = [frozenset({"document:1", "document:2"})] * 10
    good = [frozenset({"document:2"})] * 40 + [frozenset({"document:1", "document:2"})]
    first, second = suspects([everywhere, DRAFT], bad=bad, good=good)
    assert (first.changed.name, first.good_on, first.p_value < 1e-6) == ("draft.md", 1, True)
    assert (second.changed.name, second.p_value) == ("all.md", 1.0)
    assert first.lift > 10


def test_with_nothing_to_compare_nothing_is_sure() -> None:
    (only,) = suspects([DRAFT], bad=[frozenset({"document:1"})], good=[])
    assert only.p_value == 1.0


def test_a_model_that_was_always_there_is_no_change() -> None:
    assert fingerprints([(1, "m", "a"), (2, "m", "a")]) == []
    assert fingerprints([(1, "", "")]) == []
