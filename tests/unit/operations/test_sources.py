from __future__ import annotations

from dataclasses import replace

from tests.support.project import SHOES, Shop


def test_an_answers_passages_have_the_paths_of_their_time(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    was = shop.project.sources(decision)
    documents = shop.root / "documents"
    (documents / "returns.md").rename(documents / "a-returns.md")
    shop.project.ingest(sync=True)
    assert [source.path for source in was] == [
        source.path for source in shop.project.sources(decision)
    ]
    assert (was[0].path, was[0].title) == ("returns.md", "Returns")
    assert was[0].score == decision.stamp.hits[0].score
    assert shop.project.sources(shop.ask(SHOES))[0].path == "a-returns.md"


def test_a_document_of_two_paths_has_the_first(shop: Shop) -> None:
    shop.bring("b-returns.md", (shop.root / "documents" / "returns.md").read_text())
    shop.bring("a-returns.md", (shop.root / "documents" / "returns.md").read_text())
    assert shop.project.sources(shop.ask(SHOES))[0].path == "a-returns.md"


def test_only_what_was_in_the_prompt_is_a_source(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    one = replace(decision, stamp=replace(decision.stamp, used=1))
    assert [source.path for source in shop.project.sources(one)] == ["returns.md"]
