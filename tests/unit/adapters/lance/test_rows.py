from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from holdfast.adapters.lance.rows import ROW, Cursor
from holdfast.adapters.lance.table import Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "t.lance", grace=timedelta(0))


def append(table: Table, *values: int) -> None:
    table.append(pa.table({"n": pa.array(values, pa.int64())}))


def news(table: Table, cursor: Cursor) -> tuple[list[int], bool] | None:
    found = table.read(lambda dataset: cursor.advance(dataset, columns=["n"]))
    return None if found is None else (found.rows["n"].to_pylist(), found.again)


def test_rows_are_read_once_as_they_come(table: Table) -> None:
    cursor = Cursor()
    append(table, 1, 2)
    assert news(table, cursor) == ([1, 2], False)
    assert news(table, cursor) is None
    append(table, 3)
    append(table, 4)
    assert news(table, cursor) == ([3, 4], False)


def test_merged_fragments_bring_nothing_twice(table: Table) -> None:
    cursor = Cursor()
    seen: list[int] = []
    for number in range(90):
        append(table, number)
        if number % 7 == 0:
            found = news(table, cursor)
            assert found is not None
            assert not found[1]
            seen += found[0]
    found = news(table, cursor)
    assert found is not None
    assert seen + found[0] == list(range(90))


def test_what_was_removed_is_noticed_also_when_as_much_came_in(table: Table) -> None:
    cursor = Cursor()
    append(table, 1, 2, 3)
    news(table, cursor)
    numbers = table.read(
        lambda dataset: dataset.scanner(columns=[], filter="n < 3", with_row_id=True).to_table()
    )
    assert numbers is not None
    table.delete(numbers[ROW].to_pylist())
    append(table, 4, 5, 6)
    assert news(table, cursor) == ([3, 4, 5, 6], True)
