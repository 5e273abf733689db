from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from holdfast.ports.lake import ChunkColumns
from holdfast.store.lake.segment import Segment, build, cut, joined

TERMS = st.lists(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 5), max_size=9), max_size=9)


def columns(chunks: list[list[int]], *, start: int = 0) -> ChunkColumns:
    count = len(chunks)
    names = np.random.default_rng(start).bytes(64 * count)
    return ChunkColumns(
        rows=np.arange(start, start + count),
        ids=np.frombuffer(names[: 32 * count], "V32"),
        documents=np.frombuffer(names[32 * count :], "V32")[np.arange(count) // 2],
        vectors=np.arange(4 * count, dtype=np.float16).reshape(count, 4),
        terms=np.array([term for chunk in chunks for term in chunk], np.uint32),
        offsets=np.cumsum([0, *map(len, chunks)]),
    )


def held(found: ChunkColumns) -> list[list[int]]:
    return [sorted(part.tolist()) for part in np.split(found.terms, found.offsets[1:-1])]


def same(one: Segment, other: Segment) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(Segment)
    )


@given(TERMS)
def test_a_segment_holds_every_occurrence(chunks: list[list[int]]) -> None:
    segment = build(columns(chunks))
    assert len(segment) == len(chunks)
    assert segment.lengths.tolist() == [len(chunk) for chunk in chunks]
    every = sorted({term for chunk in chunks for term in chunk})
    spans = segment.lists(np.array([*every, 77], np.uint32))
    for term, (start, stop) in zip(every, spans, strict=False):
        places = segment.places[start:stop].tolist()
        assert places == [i for i, chunk in enumerate(chunks) if term in chunk]
        assert segment.counts[start:stop].tolist() == [chunks[i].count(term) for i in places]
    if 77 not in every:
        assert spans[-1] == (0, 0)


@given(TERMS.filter(len))
def test_columns_come_back(chunks: list[list[int]]) -> None:
    given_columns = columns(chunks)
    found = build(given_columns).columns()
    assert held(found) == [sorted(chunk) for chunk in chunks]
    assert found.documents.tolist() == given_columns.documents.tolist()
    assert same(build(found), build(given_columns))


@given(TERMS.filter(len), TERMS.filter(len), st.data())
def test_joining_and_cutting_keep_everything(
    one: list[list[int]], other: list[list[int]], data: st.DataObject
) -> None:
    whole = joined([columns(one), columns(other, start=100)])
    assert held(whole) == [sorted(chunk) for chunk in one + other]
    first, second = cut(whole, at=data.draw(st.integers(0, len(whole.rows))))
    again = joined([part for part in (first, second) if len(part.rows)])
    assert same(build(again), build(whole))
