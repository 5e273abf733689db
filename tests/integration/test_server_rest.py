"""The REST routes on a real socket."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.operations.watch.monitors import Monitors
from holdfast.project import Project
from tests.support.server import made, rest, served, settle


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with made(tmp_path / "shop") as project:
        yield project


@pytest.fixture
def http(project: Project) -> Iterator[httpx.Client]:
    with served(project) as url, rest(url) as http:
        yield http


def get(http: httpx.Client, path: str, **params: Any) -> Any:
    reply = http.get(f"/api/v1/{path}", params=params)
    assert reply.status_code == 200, reply.text
    return reply.json()


def post(http: httpx.Client, path: str, *, status: int = 200, **body: Any) -> Any:
    reply = http.post(f"/api/v1/{path}", json=body)
    assert reply.status_code == status, reply.text
    return reply.json()


def add(http: httpx.Client, **contents: str) -> Any:
    documents = [{"path": f"{name}.md", "content": text} for name, text in contents.items()]
    return post(http, "documents", status=202, documents=documents)


def test_a_question_a_verdict_and_a_replay(project: Project, http: httpx.Client) -> None:
    asked = post(http, "ask", question="Can I return shoes?", session="visitor")
    assert asked["answer"] == project.decision(asked["id"]).answer
    assert asked["complete"]
    assert asked["recorded"]
    assert asked["sources"][0]["path"] == "returns.md"

    found = get(http, f"decisions/{asked['id'][:-3]}")
    assert found["stamp"]["tick"] == asked["stamp"]["tick"]

    path = f"decisions/{asked['id']}"
    verdict = post(http, f"{path}/feedback", status=201, verdict="down")
    assert verdict["tick"] == project.head().tick
    replayed = post(http, f"{path}/replay")
    assert replayed["identical"]
    assert {stage["name"] for stage in replayed["stages"]} >= {"retrieval", "answer"}


def test_asking_the_past_records_nothing(project: Project, http: httpx.Client) -> None:
    before = project.head()
    asked = post(http, "ask", question="Can I return shoes?", at=str(before.cut))
    assert not asked["recorded"]
    assert project.head() == before
    assert http.get(f"/api/v1/decisions/{asked['id']}").status_code == 404


def test_what_the_caller_gives_is_used(project: Project, http: httpx.Client) -> None:
    asked = post(
        http, "ask", question="And worn ones?", instructions="Be brief.", cache=False,
        history=[{"question": "What about shoes?", "answer": "They can be returned."}],
        sampling={"temperature": 0.5},
    )  # fmt: skip
    assert asked["metadata"]["history"] == [["What about shoes?", "They can be returned."]]
    assert asked["metadata"]["instructions"] == "Be brief."
    assert asked["stamp"]["sampling"]["temperature"] == 0.5


def test_searching_without_an_answer(project: Project, http: httpx.Client) -> None:
    before = project.head()
    found = post(http, "retrieve", query="express delivery", limit=2)
    assert len(found["passages"]) == 2
    assert found["passages"][0]["path"] == "shipping.md"
    assert "Express delivery" in found["passages"][0]["text"]
    assert found["cut"] == {"timeline": before.timeline, "tick": before.tick}
    assert project.head() == before


def test_documents_come_in_through_the_queue_and_leave(http: httpx.Client) -> None:
    reply = add(http, gifts="# Gift cards\n\nGift cards are valid for three years.")
    item = reply["items"][0]
    assert (item["path"], item["status"]) == ("gifts.md", "enqueued")
    assert settle(http)["gifts.md"] == "committed"
    assert get(http, "queue", status="committed")["items"][-1]["key"] == item["key"]

    live = get(http, "documents", prefix="gifts")
    assert live["documents"][0]["title"] == "Gift cards"
    asked = post(http, "ask", question="How long are gift cards valid?")
    assert "three years" in asked["answer"]

    gone = http.delete("/api/v1/documents/gifts.md", params={"reason": "sold out"})
    assert gone.status_code == 204
    assert get(http, "documents", prefix="gifts")["total"] == 0
    assert get(http, "documents", prefix="gifts", at="~1")["total"] == 1
    assert http.delete("/api/v1/documents/gifts.md").status_code in (404, 409)


def test_documents_as_base64_and_as_a_form(http: httpx.Client) -> None:
    html = b"<html><title>Jobs</title><body><p>We hire bakers.</p></body></html>"
    encoded = {
        "path": "jobs.html",
        "content": base64.b64encode(html).decode(),
        "encoding": "base64",
    }
    post(http, "documents", status=202, documents=[encoded])
    files = [
        ("files", ("guide/a.md", b"# A\n\nAlpha costs one euro.")),
        ("files", ("guide/b.txt", b"Beta costs two euros.")),
    ]
    reply = http.post("/api/v1/documents", files=files)
    assert reply.status_code == 202, reply.text
    assert [i["media_type"] for i in reply.json()["items"]] == ["text/markdown", "text/plain"]

    settle(http)
    paths = {document["path"] for document in get(http, "documents")["documents"]}
    assert paths >= {"jobs.html", "guide/a.md", "guide/b.txt"}
    assert http.delete("/api/v1/documents/guide/a.md").status_code == 204


def test_what_cannot_be_read_is_quarantined_and_says_why(http: httpx.Client) -> None:
    picture = {"path": "logo.png", "content": "iVBORw0KGgo=", "encoding": "base64"}
    empty = {"path": "empty.md", "content": " "}
    post(http, "documents", status=202, documents=[picture, empty])
    assert settle(http)["logo.png"] == "quarantined"
    aside = get(http, "queue", status="quarantined")["items"]
    reasons = {item["path"]: item["reason"] for item in aside}
    assert "png" in reasons["logo.png"]
    assert "empty" in reasons["empty.md"]


def test_pages_of_documents(http: httpx.Client) -> None:
    first = get(http, "documents", limit=2)
    rest = get(http, "documents", after=first["documents"][-1]["path"])
    paths = [document["path"] for document in first["documents"] + rest["documents"]]
    assert paths == ["discounts.md", "returns.md", "shipping.md"]
    assert first["total"] == 3


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"documents": []}, 422, "documents: List should have at least 1 item"),
        ({"documents": [{"path": "../x.md", "content": "x"}]}, 422, "documents[0].path"),
        ({"documents": [{"path": "/x.md", "content": "x"}]}, 422, "relative"),
        ({"documents": [{"path": "x\n.md", "content": "x"}]}, 422, "printable"),
        ({"documents": [{"path": "x.md"}]}, 422, "documents[0].content: is missing"),
        ({"documents": [{"path": "x.md", "content": "§", "encoding": "base64"}]}, 422, "base64"),
        ({"documents": [{"path": "x.md", "content": "x"}] * 2}, 400, "twice"),
        ({"documents": [{"path": "x.md", "content": "x"}], "more": 1}, 422, "more: Extra inputs"),
    ],
)
def test_a_wrong_upload_enqueues_nothing(
    project: Project, http: httpx.Client, body: Any, status: int, words: str
) -> None:
    before = project.head()
    reply = http.post("/api/v1/documents", json=body)
    assert (reply.status_code, words in reply.json()["error"]["message"]) == (status, True), (
        reply.text
    )
    assert project.head() == before


def test_forms_without_files_and_other_types_are_refused(http: httpx.Client) -> None:
    form = http.post("/api/v1/documents", files={"files": ("", b"x")})
    other = http.post("/api/v1/documents", content=b"x", headers={"content-type": "text/plain"})
    assert form.status_code in (400, 422)
    assert other.status_code == 415
    assert "application/json or multipart/form-data" in other.json()["error"]["message"]


def test_deploying_and_comparing_releases(project: Project, http: httpx.Client) -> None:
    before = project.deployed()
    assert post(http, "deploy", dry_run=True)["release"] == before
    assert post(http, "deploy")["tick"] is None
    prompt = project.root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("## user", "Be formal.\n\n## user"))

    planned = post(http, "deploy", dry_run=True)
    assert [part["component"] for part in planned["differences"]] == ["prompt"]
    assert project.deployed() == before
    done = post(http, "deploy", reason="sound serious")
    assert project.deployed() == done["release"] != before

    newest, oldest = get(http, "releases")
    assert (newest["release"], newest["reason"]) == (done["release"], "sound serious")
    assert oldest["release"] == before
    lines = get(http, "releases/diff", before=before[:12], after=done["release"])[0]["lines"]
    assert any(line.startswith("+") and "Be formal." in line for line in lines)
    assert len(get(http, "prompts", name="answer")) == 2
    assert post(http, "deploy", release=before[:12])["release"] == before
    assert get(http, "diff", before="~1")["release_after"] == before


def test_rolling_back_and_naming_moments(project: Project, http: httpx.Client) -> None:
    named = post(http, "snapshots", status=201, name="good", reason="before the sale")
    assert named["cut"]["tick"] == project.head().tick
    add(http, sale="# Sale\n\nEverything costs one euro.")
    settle(http)

    plan = post(http, "rollback", to="good", dry_run=True)
    assert plan["difference"]["documents"][0]["path"] == "sale.md"
    assert plan["arrivals"] == 1
    assert len(get(http, "documents")["documents"]) == 4

    done = post(http, "rollback", to="good", reason="wrong prices", operation="o-test-1")
    assert done["to"] == named["cut"]
    assert len(get(http, "documents")["documents"]) == 3
    again = post(http, "rollback", to="good", operation="o-test-1")
    assert again["after"] == done["after"]
    assert [snapshot["name"] for snapshot in get(http, "snapshots")] == ["good"]
    assert get(http, "log", limit=1)[0]["commit"]["reason"] == "wrong prices"


def test_requeued_arrivals_come_in_again(http: httpx.Client) -> None:
    post(http, "snapshots", status=201, name="good")
    add(http, sale="# Sale\n\nEverything costs one euro.")
    settle(http)
    done = post(http, "rollback", to="good", arrivals="requeue")
    assert done["requeued"] == 1
    assert settle(http)["sale.md"] == "committed"
    assert len(get(http, "documents")["documents"]) == 4


def test_forks_are_environments(http: httpx.Client) -> None:
    made = post(http, "fork", status=201, source="production", name="staging")
    assert made["environment"] == "staging"
    both = get(http, "environments")
    assert [environment["environment"] for environment in both] == ["production", "staging"]
    assert both[0]["release"] == both[1]["release"]
    models = http.get("/v1/models").json()["data"]
    assert [model["id"] for model in models] == ["production", "staging"]
    assert http.get("/v1/models/staging").json()["owned_by"] == "holdfast"
    assert (
        http.post("/api/v1/fork", json={"source": "production", "name": "staging"}).status_code
        == 409
    )


def test_explaining(http: httpx.Client) -> None:
    asked = post(http, "ask", question="Can I return shoes?")
    line = get(http, "log", operation="ask")[0]
    assert line["stores"] == {"decisions": 1, "cache": 1}
    assert get(http, f"show/{asked['id']}")["kind"] == "decision"
    assert get(http, f"show/@{line['commit']['tick']}.0")["kind"] == "event"
    assert get(http, "show/returns.md")["value"]["title"] == "Returns"
    assert get(http, "log", store="documents", limit=1)[0]["commit"]["operation"] == "ingest"
    assert get(http, "diff", before="~1")["stores"] == [
        {"store": "cache", "added": 1, "removed": 0, "changed": 0}
    ]


def test_cleaning_up_can_be_tried(http: httpx.Client) -> None:
    tried = post(http, "clean", dry_run=True)
    assert tried["dry_run"] is True
    kept = get(http, "retention")
    assert kept["cleaning"] == tried
    assert ("documents", "environment 'production'") in {
        (one["what"], one["by"]) for one in kept["held"]
    }
    assert kept["columns"][0]["holders"][0]["kind"] == "environment"
    assert "storage.grace_minutes" in {rule["setting"] for rule in kept["rules"]}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/decisions/d-unknown", 404, "not_found"),
        ("/api/v1/decisions/d", 404, "not_found"),
        ("/api/v1/documents?at=the%20day%20after", 404, "moment"),
        ("/api/v1/documents?environment=staging", 404, "not_found"),
        ("/api/v1/documents?environment=Not%20a%20name", 422, "invalid_request"),
        ("/api/v1/documents?limit=0", 422, "invalid_request"),
        ("/api/v1/log?store=secrets", 422, "invalid_request"),
        ("/api/v1/queue?status=lost", 422, "invalid_request"),
        ("/api/v1/releases/diff?before=abc", 422, "invalid_request"),
        ("/api/v1/show/nothing-of-that-name", 404, "not_found"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/v1/ask", 405, "method_not_allowed"),
        ("/nothing", 404, "not_found"),
    ],
)
def test_errors_have_one_shape(http: httpx.Client, path: str, status: int, code: str) -> None:
    reply = http.get(path)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "message"}
    assert "\n" not in error["message"]
    assert len(error["message"]) > 10


def test_embeddings_are_those_of_the_release(project: Project, http: httpx.Client) -> None:
    texts = ["return shoes", "express delivery"]
    mine = project.runtime(project.deployed()).embedder.embed(texts)
    body = {"model": "production", "input": texts}
    floats = http.post("/v1/embeddings", json=body).json()
    packed = http.post("/v1/embeddings", json={**body, "encoding_format": "base64"}).json()

    assert floats["data"][1]["embedding"] == mine[1].tolist()
    assert base64.b64decode(packed["data"][1]["embedding"]) == mine[1].astype("<f4").tobytes()
    assert floats["holdfast"]["release"] == project.deployed()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"input": ""}, 400),
        ({"input": []}, 400),
        ({"input": ["x"] * 257}, 400),
        ({"input": ["x" * 20_001]}, 400),
        ({"input": ["x" * 20_000] * 60}, 413),
        ({"input": [1, 2]}, 400),
        ({"input": "x", "dimensions": 3}, 400),
        ({"input": "x", "encoding_format": "int8"}, 400),
        ({"input": "x", "model": "staging"}, 404),
    ],
)
def test_wrong_embedding_requests(http: httpx.Client, fields: Any, status: int) -> None:
    reply = http.post("/v1/embeddings", json={"model": "production", **fields})
    assert reply.status_code == status, reply.text
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


def test_taking_back_a_page_with_what_rests_on_it(http: httpx.Client) -> None:
    add(http, promo="# Promo\n\nEvery parcel is delivered by balloon.\n")
    settle(http)
    body = {"causes": ["promo.md"], "operation": "o-recover-1", "yes": True}
    asked = post(http, "ask", question="How is every parcel delivered?", session="s")
    assert "balloon" in asked["answer"]
    down = get(http, "lineage/promo.md", direction="down", threshold=0.2)["down"]
    assert any(asked["id"] in child["label"] for root in down for child in root["children"])
    text = "How is every parcel delivered?"
    body_of_search = {"good": "@5", "question": text, "forbid": ["balloon"], "run": "b-rest"}
    found = post(http, "bisect", **body_of_search)
    assert [culprit["key"] for culprit in found["culprits"]] == ["promo.md"]
    assert post(http, "bisect", **body_of_search)["answers"] == 0
    plan = post(http, "recover", causes=["promo.md"], dry_run=True)
    assert plan["done"] is None
    refused = post(http, "recover", status=409, causes=["promo.md"])
    assert refused["error"]["code"] == "state"
    done = post(http, "recover", **body)
    assert done["loss"] == plan["loss"]
    assert done["loss"]["documents"][0]["path"] == "promo.md"
    again = post(http, "recover", **body)
    assert again["done"] == done["done"]
    assert get(http, f"show/{asked['id']}")["value"]["revoked"]["operation"] == "o-recover-1"
    post(http, "recover", status=404, causes=["no/such.md"])


def test_a_session_is_erased_over_http(project: Project, http: httpx.Client) -> None:
    asked = post(http, "ask", question="Can I return shoes? I am Ann.", session="visitor")
    plan = post(http, "erase", session="visitor", dry_run=True)
    assert (plan["decisions"], plan["values"]["memory"]) == (1, 1)
    post(http, "erase", session="visitor", status=400)
    post(http, "erase", session="nobody", yes=True, status=404)
    done = post(http, "erase", session="visitor", yes=True, reason="asked by letter")
    assert (done["status"], done["reason"]) == ("done", "asked by letter")
    assert get(http, "erasures") == [done]
    assert post(http, "erasures/resume") == []
    assert get(http, f"decisions/{asked['id']}")["question"] == "[erased]"
    reply = http.post(f"/api/v1/decisions/{asked['id']}/replay", json={})
    assert reply.status_code == 409
    assert "was erased" in reply.json()["error"]["message"]
    again = post(http, "ask", question="Can I return shoes?", session="visitor")
    assert again["stamp"]["memory"] == []


def test_monitors_say_over_http_what_moved(project: Project, http: httpx.Client) -> None:
    (project.root / "monitors.toml").write_text(
        'window = 20\nreference = 40\nautomatic = false\n[[monitors]]\nname = "questions"\n'
        'watch = ["question.length", "answer.change"]\n'
    )
    assert get(http, "monitors")["verdict"] == "undecided"
    for n in range(40):
        project.ask(f"Can I return {'very ' * (n % 3)}old shoes?")
    Monitors(project.system).calibrate()
    for n in range(40):
        project.ask(f"Do students get a discount, {'and when, ' * (n % 3)}and how much is it?")
    found = get(http, "monitors", name="questions")
    assert found["verdict"] == "moved"
    (standing,) = found["monitors"]
    assert (standing["rows"], standing["calibrated"], standing["automatic"]) == (40, True, False)
    moved = found["moved"][0]
    assert (moved["signal"], moved["calibrated"]) == ("question.length", True)
    assert moved["evidence"]["onset"]["p_value"] < 0.05
    assert {one["measure"] for one in found["costs"]} >= {"resolved", "latency"}
    assert http.get("/api/v1/monitors", params={"name": "nobody"}).status_code == 404
    assert http.get("/api/v1/monitors", params={"environment": "no"}).status_code == 404
