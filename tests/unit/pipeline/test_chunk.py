from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain.document import Chunk, Text, chunk_id
from holdfast.errors import SettingsError
from holdfast.pipeline.chunk import ChunkSettings, chunk
from holdfast.store.lake.terms import terms

DOCUMENT, PREPROCESSING = "d" * 64, "e" * 64
SMALL = ChunkSettings(max_characters=100)


def cut(body: str, title: str = "", settings: ChunkSettings = SMALL) -> list[Chunk]:
    return chunk(Text(title, body), DOCUMENT, preprocessing=PREPROCESSING, settings=settings)


def paragraph(word: str) -> str:
    return f"{word} " * (80 // (len(word) + 1)) + "\n\n"


def test_a_chunk_is_named_by_its_content_address() -> None:
    first, second = cut(paragraph("one") + paragraph("two"))
    assert first.id == chunk_id(DOCUMENT, preprocessing=PREPROCESSING, ordinal=0)
    assert (first.ordinal, second.ordinal) == (0, 1)
    assert (first.document, first.id == second.id) == (DOCUMENT, False)


def test_the_title_names_the_headings_above() -> None:
    body = "# Guide\n\n" + paragraph("intro") + "## Install\n\n### Linux\n\n" + paragraph("apt")
    titles = [(c.title, c.text.split()[-1]) for c in cut(body, title="Guide")]
    assert titles == [("Guide", "intro"), ("Guide > Install > Linux", "apt")]


def test_a_passage_of_two_sections_is_titled_by_what_is_above_both() -> None:
    (only,) = cut("# Guide\n\n## A\n\none\n\n## B\n\ntwo\n", title="Guide")
    assert only.title == "Guide"


def test_a_title_that_is_no_heading_stands_first() -> None:
    assert [c.title for c in cut("## Part\n\ntext", title="Paper")] == ["Paper > Part"]
    assert [c.title for c in cut("text")] == [""]


def test_headings_alone_are_no_passage() -> None:
    body = "# A\n\n## B\n\n" + "x" * 95 + "\n"
    assert [c.text for c in cut(body)] == ["x" * 95]


def test_a_text_of_headings_only_is_kept() -> None:
    assert [c.text for c in cut("# A\n\n## B\n")] == ["# A\n\n## B"]


def test_code_is_not_taken_for_headings() -> None:
    (only,) = cut("# A\n\n```\n# comment\n```\nend\n")
    assert only.title == "A"


def test_terms_are_those_of_title_and_text() -> None:
    (only,) = cut("# Harbours\n\nBoats sleep.", title="Harbours")
    assert only.terms == tuple(terms("Harbours\n# Harbours\n\nBoats sleep."))


def test_neighbours_share_what_is_asked_for() -> None:
    body = "".join(f"Sentence number {i} is here. " for i in range(40))
    apart = cut(body)
    shared = cut(body, settings=ChunkSettings(max_characters=100, overlap=40))
    assert len(shared) > len(apart)
    assert all(b.text.split(".")[0] in a.text for a, b in pairwise(shared))


@pytest.mark.parametrize(("size", "overlap"), [(99, 0), (20_001, 0), (800, -1), (800, 401)])
def test_settings_have_bounds(size: int, overlap: int) -> None:
    with pytest.raises(SettingsError, match=str(size if overlap == 0 else overlap)):
        ChunkSettings(max_characters=size, overlap=overlap)


@given(st.text("#=- \n`ab.|é😀", min_size=1, max_size=1500))
def test_passages_are_pieces_of_the_text_in_order(body: str) -> None:
    chunks = cut(body)
    assert bool(chunks) == bool(body.strip())
    assert [c.ordinal for c in chunks] == list(range(len(chunks)))
    position = 0
    for c in chunks:
        assert len(c.text) <= 100
        position = body.index(c.text, position) + len(c.text)


@given(st.text("* \n`ab.|é😀", max_size=1500))
def test_nothing_is_lost_but_space(body: str) -> None:
    assert "".join("".join(c.text for c in cut(body)).split()) == "".join(body.split())
