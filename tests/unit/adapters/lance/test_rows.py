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


@pytest.mark.parametrize("copies", [True, False])
def test_merging_keeps_every_row_its_number_and_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, copies: bool
) -> None:
    monkeypatch.setattr("holdfast.adapters.lance.table.TIERS", (20, 60, 10_000))
    monkeypatch.setattr("holdfast.adapters.lance.table.SMALL", 4)
    table = Table(tmp_path / "t.lance", grace=timedelta(0), copies=copies)
    rows = [
        {"n": n, "text": f"row {n}" * (n % 7) or None, "texts": [str(n)] * (n % 3) or None}
        for n in range(4_000)
    ]
    schema = pa.schema([("n", pa.int64()), ("text", pa.string()), ("texts", pa.list_(pa.string()))])
    start, size = 0, 1
    while start < len(rows):
        table.append(pa.Table.from_pylist(rows[start : start + size], schema=schema))
        start, size = start + size, size % 90 + 11
    found = table.read(
        lambda dataset: dataset.scanner(with_row_id=True, scan_in_order=True).to_table()
    )
    assert found is not None
    assert len(table.latest().get_fragments()) < 20  # type: ignore[union-attr]
    assert found.drop_columns([ROW]).to_pylist() == rows
    assert found[ROW].to_pylist() == list(range(len(rows)))
    one = table.read(lambda dataset: dataset._take_rows([3_999, 17]))
    assert one is not None
    assert one.to_pylist() == [rows[3_999], rows[17]]
