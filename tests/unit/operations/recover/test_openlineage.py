from __future__ import annotations

import re
import uuid
from datetime import datetime

from holdfast.operations.recover.lineage import lineage
from holdfast.operations.recover.openlineage import run_events
from tests.support.project import SHOES, Shop


def test_a_change_is_a_run_event_of_the_spec(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    shop.project.feedback(decision.id, "up")
    events = lineage(shop.system, "production", name="returns.md", direction="down").events
    told = list(run_events(shop.system, events))
    assert {one["job"]["name"] for one in told} >= {"enqueue", "ingest", "ask", "feedback"}
    for one in told:
        assert one.keys() == {
            "eventType", "eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs",
        }  # fmt: skip
        assert one["eventType"] == "COMPLETE"
        assert one["schemaURL"].startswith("https://openlineage.io/spec/2-0-2/")
        assert datetime.fromisoformat(one["eventTime"]).tzinfo is not None
        assert uuid.UUID(one["run"]["runId"])
        for thing in (one["job"], *one["inputs"], *one["outputs"]):
            assert re.fullmatch(r"holdfast://[a-z0-9._-]+", thing["namespace"])
            assert thing["name"]
        facets = [
            facet
            for part in (one["run"], one["job"], *one["inputs"], *one["outputs"])
            for facet in {**part.get("facets", {}), **part.get("inputFacets", {})}.values()
        ]
        assert facets
        assert all({"_producer", "_schemaURL"} <= facet.keys() for facet in facets)


def test_inputs_and_outputs_meet_under_one_name(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    shop.project.feedback(decision.id, "up")
    events = lineage(shop.system, "production", name=decision.id, direction="down").events
    asked, judged = run_events(shop.system, events)
    name = f"decision:{decision.id}"
    assert name in {out["name"] for out in asked["outputs"]}
    assert name in {given["name"] for given in judged["inputs"]}
    strengths = [g["inputFacets"]["holdfast_strength"]["strength"] for g in asked["inputs"]]
    assert max(strengths) == 1.0
    assert list(run_events(shop.system, events)) == [asked, judged], "the same ids every time"
