"""Questions of the data: traces, and anything in SQL."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import orjson
from anyio import to_thread
from fastapi import Query
from pydantic import BaseModel, Field

from holdfast.operations.watch.question import Questions, plain
from holdfast.ports.query import Answer
from holdfast.server.api.fields import MAX_TEXT, At, Environment, Id, Limit
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened, Served

router = rest_router("asking")
MOST_BYTES = 16 << 20
"""What the rows of one reply come to at most, as JSON."""
HIDDEN = ("batch",)
"""Columns that mean nothing outside."""


@router.get("/traces")
def read_traces(
    project: Opened, limit: Annotated[int, Query(ge=1, le=1_000)] = 20
) -> list[dict[str, Any]]:
    """The newest spans without a parent, newest first, without content."""
    return _shown(Questions(project.system).latest(limit))


@router.get("/traces/{trace}")
def read_trace(trace: Id, project: Opened) -> list[dict[str, Any]]:
    """The spans of a trace by time; by its id, the beginning of it, or a decision's id."""
    return _shown(Questions(project.system).trace(trace))


class SqlBody(Body):
    """One SELECT statement, and what of the ledger it sees."""

    query: str = Field(min_length=1, max_length=MAX_TEXT)
    environment: Environment = None
    at: At = None
    everything: bool = Field(default=False, description="Also timelines that were left.")
    limit: Limit = 1_000


class SqlReply(BaseModel):
    """Rows that a question found."""

    columns: tuple[str, ...]
    rows: list[list[Any]]
    more: bool
    """There are more, which ``limit`` or the reply's size left out."""


@router.post("/sql")
async def run_sql(body: SqlBody, service: Served) -> SqlReply:
    """Ask in SQL over spans, points, logs, decisions, events and every store; reads only.

    Two questions are worked on at once, each for a minute and with half a gigabyte at most.
    """
    ask = partial(
        Questions(service.project.system).sql,
        body.query,
        environment=body.environment,
        at=body.at,
        everything=body.everything,
        limit=body.limit,
    )
    return await to_thread.run_sync(lambda: _reply(ask()), limiter=service.questions)


def _reply(answer: Answer) -> SqlReply:
    rows: list[list[Any]] = []
    size = 0
    for row in answer.rows:
        rows.append([plain(value) for value in row])
        size += len(orjson.dumps(rows[-1]))
        if size > MOST_BYTES and len(rows) > 1:
            rows.pop()
            break
    more = answer.more or len(rows) < len(answer.rows)
    return SqlReply(columns=answer.columns, rows=rows, more=more)


def _shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in HIDDEN} for row in rows]
