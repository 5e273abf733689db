"""DuckDB, shut off from everything but the views that it is handed."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from holdfast.errors import LimitError, UsageError
from holdfast.ports.query import Answer, View
from holdfast.ports.telemetry import INT, REAL, TEXT, TEXTS

TYPES = {INT: pa.int64(), REAL: pa.float64(), TEXT: pa.string(), TEXTS: pa.list_(pa.string())}
SETTINGS = (
    "SET temp_directory = ''",
    "SET enable_external_access = false",
    "SET memory_limit = '512MB'",
    "SET threads = 2",
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)
SECONDS = 60.0
"""How long a question may take."""
ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
WORD = re.compile(r"[A-Za-z_]\w*")


class DuckEngine:
    """A database of its own for each question.

    >>> view = View("t", rows=[{"a": 1}, {"a": 2}], columns={"a": "int"})
    >>> DuckEngine().query("SELECT sum(a) AS s FROM t", views=[view], limit=5)
    Answer(columns=('s',), rows=((3,),), more=False)
    """

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def names(self, text: str) -> set[str]:
        return {word.lower() for word in WORD.findall(_statement(text))}

    def query(self, text: str, *, views: Sequence[View], limit: int) -> Answer:
        statement = _statement(text)
        with duckdb.connect() as connection:
            for setting in SETTINGS:
                connection.execute(setting)
            for view in views:
                _define(connection, view)
            timer = threading.Timer(self._seconds, connection.interrupt)
            timer.start()
            try:
                found = connection.execute(statement)
                rows = found.fetchmany(limit + 1)
                columns = tuple(column[0] for column in found.description or ())
            except duckdb.InterruptException as e:
                raise LimitError(
                    f"the question took longer than {self._seconds:g} s; ask for less, for "
                    "example for a shorter time"
                ) from e
            except duckdb.Error as e:
                raise UsageError(f"SQL: {e}".strip()) from e
            finally:
                timer.cancel()
        return Answer(columns, tuple(rows[:limit]), len(rows) > limit)


def _statement(text: str) -> str:
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as e:
        raise UsageError(f"SQL: {e}".strip()) from e
    if len(statements) != 1 or statements[0].type not in ALLOWED:
        raise UsageError(f"{text!r} is not one SELECT statement; nothing else can be run")
    return str(statements[0].query)


def _define(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    relations = list(view.relations)
    if view.columns is not None:
        schema = pa.schema([(name, TYPES[kind]) for name, kind in view.columns.items()])
        relations.append(pa.Table.from_pylist(list(view.rows), schema=schema))
    parts = []
    for number, relation in enumerate(relations):
        name = f"{view.name}__{number}"
        connection.register(name, relation)
        parts.append(f'SELECT {view.select} FROM "{name}"')  # noqa: S608 - names are ours
    connection.execute(f'CREATE VIEW "{view.name}" AS {" UNION ALL ".join(parts)}')
