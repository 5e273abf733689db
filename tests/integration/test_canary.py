"""A canary in a running server: rolled back or promoted by itself, and a kill in between."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from holdfast.project import Project
from tests.support.server import change, made, rest, spawned

QUESTIONS = (
    "Can I return shoes that I wore once?",
    "How much do students get off?",
    "What does express delivery cost?",
)
TABLES = {
    "canary": "margin = 0.2\nsettle_seconds = 0.5",
    "watch": "seconds = 0.2",
    "scoring": "rate = 0.0\nodd = false",
}


def candidate(project: Project, *, line: str) -> str:
    """Change the folder's prompt; the digest of the release that it makes now."""
    prompt = project.root / "prompts" / "answer.md"
    prompt.write_text(f"{prompt.read_text()}\n{line}\n")
    return project.deploy(dry_run=True).release


def ask(http: httpx.Client, session: str) -> dict[str, Any]:
    number = int(session.rpartition("-")[2])
    body = {"question": QUESTIONS[number % len(QUESTIONS)], "session": session}
    reply = http.post("/api/v1/ask", json=body)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def ended(http: httpx.Client, sessions: str, *, dislike: str = "") -> dict[str, Any]:
    """Ask in new sessions until the canary has ended; ``dislike`` gets a thumb down."""
    for number in range(400):
        found = ask(http, f"{sessions}-{number}")
        if dislike and found["stamp"]["release"] == dislike:
            path = f"/api/v1/decisions/{found['id']}/feedback"
            assert http.post(path, json={"verdict": "down"}).status_code == 201
        if number % 10 == 0:
            canary = http.get("/api/v1/rollouts").json()["canary"]
            if canary["canary"]["status"] != "running":
                return canary
    raise AssertionError("the canary has not ended after 400 conversations")


def test_a_bad_release_is_rolled_back_by_itself_and_a_good_one_promoted(tmp_path: Path) -> None:
    with made(tmp_path / "shop", **TABLES) as project:
        good = project.deployed()
        bad = candidate(project, line="Be terse.")
        with spawned(project.root) as server, rest(server.url) as http:
            started = http.post("/api/v1/canary", json={"share": 0.5, "reason": "terse"})
            assert started.status_code == 201, started.text
            assert started.json()["canary"]["candidate"] == bad
            canary = ended(http, "one", dislike=bad)
            assert canary["canary"]["status"] == "rolled back"
            assert project.deployed() == good
            (line,) = project.log(limit=1, operation="canary")
            assert "points" in line.commit.reason
            assert ask(http, "one-0")["stamp"]["canary"] == ""

            better = candidate(project, line="Be kind.")
            body = {"share": 0.5, "reason": "kinder"}
            assert http.post("/api/v1/canary", json=body).status_code == 201
            for number in range(5):
                ask(http, f"metric-{number}")
            running = 'holdfast_canary_running{environment="production"} 1.0'
            deadline = time.monotonic() + 60
            while running not in http.get("/metrics").text:
                assert time.monotonic() < deadline, "no pass has looked at the canary"
                time.sleep(0.1)
            canary = ended(http, "two")
            assert canary["canary"]["status"] == "promoted"
            assert project.deployed() == better
            (line,) = project.log(limit=1, operation="deploy")
            assert "difference between" in line.commit.reason
            assert 'arm="candidate"' in http.get("/metrics").text


def test_a_kill_loses_nothing_and_every_session_keeps_its_arm(tmp_path: Path) -> None:
    with made(tmp_path / "shop", **{**TABLES, "canary": "settle_seconds = 600"}) as project:
        candidate(project, line="Be kind.")
        sessions = [f"s-{number}" for number in range(24)]
        with spawned(project.root) as server, rest(server.url) as http:
            assert http.post("/api/v1/canary", json={"share": 0.5}).status_code == 201
            before = {name: ask(http, name)["stamp"] for name in sessions}
            with ThreadPoolExecutor(4) as pool:
                running = [pool.submit(_acknowledged, server.url, name) for name in sessions * 3]
                while not any(one.done() for one in running):
                    time.sleep(0.01)
                server.stop(signal.SIGKILL)
                told = [found for one in running if (found := one.result()) is not None]
        assert {stamp["arm"] for stamp in before.values()} == {"baseline", "candidate"}
        assert told, "some answers came before the kill"
        for found in told:
            kept = project.decision(found["id"])
            assert (kept.stamp.arm, kept.answer) == (found["stamp"]["arm"], found["answer"])
        with spawned(project.root) as server, rest(server.url) as http:
            after = {name: ask(http, name)["stamp"] for name in sessions}
            standing = http.get("/api/v1/rollouts").json()["canary"]
        assert {n: s["arm"] for n, s in after.items()} == {n: s["arm"] for n, s in before.items()}
        assert {s["canary"] for s in after.values()} == {standing["canary"]["id"]}
        assert standing["waiting"] == len(sessions)


def _acknowledged(url: str, session: str) -> dict[str, Any] | None:
    try:
        with rest(url) as http:
            return ask(http, session)
    except (httpx.TransportError, AssertionError):
        return None


def test_a_shadow_is_asked_behind_the_answers_and_never_served(tmp_path: Path) -> None:
    with made(tmp_path / "shop", **TABLES) as project:
        served = project.deployed()
        change(project.root, retrieval="passages = 1\ncache = false")
        with project, spawned(project.root) as server, rest(server.url) as http:
            started = http.post("/api/v1/shadow", json={"share": 1.0})
            assert started.status_code == 201, started.text
            found = [ask(http, f"s-{number}") for number in range(6)]
            assert {one["stamp"]["release"] for one in found} == {served}
            for _ in range(300):
                report = http.get("/api/v1/rollouts").json()["shadow"]
                if report["compared"] == len(found):
                    break
                time.sleep(0.1)
            assert (report["compared"], report["failed"]) == (6, 0)
            assert report["same"]["n"] == 6
            assert "grounding" in report["scores"]
            assert http.post("/api/v1/rollouts/abort", json={"what": "shadow"}).status_code == 200


def test_what_is_due_is_deployed_and_a_freeze_keeps_all_out(tmp_path: Path) -> None:
    with made(tmp_path / "shop", **TABLES) as project:
        first = project.deployed()
        with spawned(project.root) as server, rest(server.url) as http:
            frozen = http.post("/api/v1/freeze", json={"reason": "the sale", "until": "1h"})
            assert frozen.status_code == 200, frozen.text
            document = {"path": "jobs.md", "content": "# Jobs\n\nWe hire bakers."}
            refused = http.post("/api/v1/documents", json={"documents": [document]})
            assert (refused.status_code, "the sale" in refused.text) == (409, True)
            second = candidate(project, line="Be kind.")
            assert http.post("/api/v1/deploy", json={}).status_code == 409
            assert http.post("/api/v1/unfreeze", json={}).status_code == 200
            assert http.post("/api/v1/schedule", json={"at": "1s"}).status_code == 201
            assert project.deployed() == first
            for _ in range(300):
                if project.deployed() == second:
                    break
                time.sleep(0.1)
            (one,) = http.get("/api/v1/rollouts").json()["schedules"]
            assert (one["status"], project.deployed()) == ("done", second)


def test_a_share_that_is_none_is_refused(tmp_path: Path) -> None:
    with made(tmp_path / "shop") as project, spawned(project.root) as server, rest(server.url) as h:
        for share in (0, 1, 1.5, "much"):
            assert h.post("/api/v1/canary", json={"share": share}).status_code == 422
