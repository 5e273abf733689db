from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.domain.event import STORES
from holdfast.errors import NotFoundError, UsageError
from holdfast.operations.watch.question import Questions
from holdfast.operations.watch.traces import Traces
from tests.support.otlp import body, spans, traces
from tests.support.project import SHOES, STUDENTS, Shop, made


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = made(tmp_path_factory.mktemp("question") / "shop")
    shop.ask(SHOES)
    shop.ask(STUDENTS)
    return shop


def ask(shop: Shop, text: str, **more: Any) -> list[dict[str, Any]]:
    answer = Questions(shop.system).sql(text, **more)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def stored(shop: Shop, **given: Any) -> str:
    """The id of a trace that came in and was sorted."""
    request = traces(at=shop.parts.clock.now() * 1_000, **given)
    shop.parts.inbox.put([body(request)])
    while Traces(shop.system).sorter().sort():
        pass
    return str(spans(request)[0].trace_id.hex())


def test_decisions_have_a_column_for_what_is_asked_of_them_most(shop: Shop) -> None:
    row = ask(shop, f"SELECT * FROM decisions WHERE question = '{SHOES}'")[0]  # noqa: S608
    decision = shop.project.decision(row["id"])
    assert (row["answer"], row["status"]) == (decision.answer, "answered")
    assert row["release"] == decision.stamp.release
    assert row["passages"] == [hit.chunk for hit in decision.stamp.hits[: decision.stamp.used]]
    assert json.loads(row["stamp"])["tick"] == row["tick"] == decision.stamp.tick
    assert int(row["time"].timestamp() * 1e6) == pytest.approx(decision.at, abs=1)


def test_conditions_and_times_choose_decisions(shop: Shop) -> None:
    questions = Questions(shop.system)
    found = questions.decisions("question LIKE '%students%'")
    assert [row[found.columns.index("question")] for row in found.rows] == [STUDENTS]
    assert len(questions.decisions(since="1 hour ago").rows) == 2
    assert questions.decisions(since="2100-01-01").rows == ()
    assert [len(questions.decisions(limit=n).rows) for n in (1, 2)] == [1, 2]
    with pytest.raises(UsageError, match="'soon' is no time"):
        questions.decisions(since="soon")
    with pytest.raises(UsageError, match="nonsense"):
        questions.decisions("nonsense = 1")


def test_the_ledger_is_read_as_of_a_moment(shop: Shop) -> None:
    before = shop.tick
    shop.ask("Do you deliver express?")
    text = "SELECT count(*) AS n FROM decisions"
    counts = [ask(shop, text, at=at)[0]["n"] for at in (f"@{before}", None)]
    assert counts[1] == counts[0] + 1
    shop.project.rollback(f"@{before}")
    assert ask(shop, text)[0]["n"] == counts[0]
    assert ask(shop, text, everything=True)[0]["n"] == counts[1]


def test_every_store_is_a_table(shop: Shop) -> None:
    for store in STORES:
        assert isinstance(ask(shop, f"SELECT * FROM {store}"), list)  # noqa: S608
    documents = ask(shop, "SELECT key, value->>'media_type' AS kind FROM documents ORDER BY key")
    assert documents[0] == {"key": "discounts.md", "kind": "text/markdown"}
    assert ask(shop, "SELECT DISTINCT operation FROM events WHERE store = 'releases'")


def test_spans_are_joined_with_decisions(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    trace = stored(shop, **{"holdfast.decision": decision.id, "llm.cost.total": 0.25})
    rows = ask(
        shop, "SELECT trace_id, question, s.cost FROM spans s JOIN decisions d ON d.id = decision"
    )
    assert rows == [{"trace_id": trace, "question": SHOES, "cost": 0.25}]


def test_a_trace_is_found_by_its_beginning_and_by_its_decision(shop: Shop) -> None:
    trace = stored(shop, **{"holdfast.decision": "d-123"})
    questions = Questions(shop.system)
    for name in (trace, trace.upper(), trace[:12], "d-123"):
        assert [row["trace_id"] for row in questions.trace(name)] == [trace]
    assert trace in [row["trace_id"] for row in questions.latest(10)]


@pytest.mark.parametrize("name", ["f" * 32, "ffff", "d-0", "it's", "", "a" * 33])
def test_no_such_trace(shop: Shop, name: str) -> None:
    with pytest.raises(NotFoundError, match="no trace"):
        Questions(shop.system).trace(name)


def test_empty_tables_can_be_asked(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop", deploy=False)
    for table in ("spans", "points", "logs", "decisions"):
        assert ask(shop, f"SELECT * FROM {table}") == []  # noqa: S608
