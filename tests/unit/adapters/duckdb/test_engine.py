from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from holdfast.adapters.duckdb import DuckEngine
from holdfast.errors import LimitError, UsageError
from holdfast.ports.query import View

VIEW = View("t", rows=[{"a": n, "b": f"x{n}"} for n in range(5)], columns={"a": "int", "b": "text"})


def ask(text: str, *views: View, limit: int = 10) -> list[tuple[object, ...]]:
    return list(DuckEngine().query(text, views=views or [VIEW], limit=limit).rows)


def test_several_relations_stand_below_each_other() -> None:
    relations = (pa.table({"a": [1]}), pa.table({"a": [2]}))
    view = View("t", relations=relations, select="a * 2 AS twice")
    assert ask("SELECT * FROM t ORDER BY 1", view) == [(2,), (4,)]


def test_more_rows_than_asked_for_are_cut() -> None:
    answer = DuckEngine().query("SELECT a FROM t ORDER BY a", views=[VIEW], limit=2)
    assert (answer.columns, answer.rows, answer.more) == (("a",), ((0,), (1,)), True)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE x AS SELECT 1",
        "COPY t TO 'out.csv'",
        "ATTACH 'x.db'",
        "SET threads = 1",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT 1; SELECT 2",
        "DROP VIEW t",
        "",
        "SELEC",
    ],
)
def test_only_one_select_is_run(text: str) -> None:
    with pytest.raises(UsageError):
        ask(text)


@pytest.mark.parametrize(
    "source",
    [
        "'{}'",
        "read_csv('{}')",
        "read_text('{}')",
        "read_blob('{}')",
        "glob('{}')",
        "'http://x/y.csv'",
    ],
)
def test_no_file_and_no_network_is_reached(source: str, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a\nsecret\n")
    with pytest.raises(UsageError, match=r"disabled|does not exist"):
        ask(f"SELECT * FROM {source.format(file)}")  # noqa: S608


def test_variables_of_the_program_are_not_tables() -> None:
    hidden = pa.table({"a": [1]})
    assert hidden.num_rows == 1
    with pytest.raises(UsageError, match="hidden does not exist"):
        ask("SELECT * FROM hidden")


def test_a_question_without_end_is_stopped() -> None:
    with pytest.raises(LimitError, match=r"longer than 0\.1 s"):
        DuckEngine(seconds=0.1).query(
            "SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3", views=[], limit=1
        )


def test_a_question_that_needs_too_much_memory_is_refused() -> None:
    with pytest.raises(UsageError, match=r"(?i)memory"):
        ask("SELECT list(range) FROM range(300000000)")


def test_words_that_may_be_tables() -> None:
    assert {"spans", "a"} <= DuckEngine().names("SELECT a FROM SPANS WHERE b = 'x'")
