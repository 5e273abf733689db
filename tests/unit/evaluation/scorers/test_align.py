from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.scorers.align import BUDGET, PIECE, align, document

SHOP = "We sell shoes. Ann founded us. Returns take 30 days. Hats are red."


def chosen(claim: str, *texts: str, budget: int = BUDGET) -> list[str]:
    doc = document(*texts)
    return [doc.pieces[place] for place in align(claim, doc, budget=budget)]


def test_the_sentences_that_say_most_are_chosen_in_order() -> None:
    assert chosen("Red hats were founded by Ann.", SHOP) == ["Ann founded us.", "Hats are red."]


def test_numbers_count_however_they_are_written() -> None:
    assert chosen("It takes thirty.", SHOP) == ["Returns take 30 days."]


def test_texts_are_searched_together() -> None:
    doc = document("Ann sells hats.", "Hats cost 9 euros.")
    places = align("Ann sells hats that cost 9 euros.", doc)
    assert [doc.sources[place] for place in places] == [0, 1]


def test_the_budget_is_kept_but_for_the_first_piece() -> None:
    claim = "Ann founded us to sell shoes and red hats."
    assert len(chosen(claim, SHOP)) == 3
    assert len(chosen(claim, SHOP, budget=6)) == 2
    assert len(chosen(claim, SHOP, budget=1)) == 1


def test_a_long_sentence_is_cut() -> None:
    doc = document("word " * 100)
    assert max(doc.lengths) <= PIECE
    assert sum(doc.lengths) == 100


def test_nothing_in_common_gives_the_first_piece_and_no_text_none() -> None:
    assert chosen("Bananas!", SHOP) == ["We sell shoes."]
    assert chosen("Bananas!", "", " ") == []


@given(st.text(max_size=60), st.lists(st.text(max_size=200), max_size=4))
def test_any_texts_are_aligned(claim, texts) -> None:
    doc = document(*texts)
    places = align(claim, doc)
    assert list(places) == sorted(set(places))
    assert bool(places) == bool(doc.pieces)
