"""Rollbacks, deployments and documents while questions are answered, all over HTTP."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.project import Project
from tests.support.server import made, rest, served, settle

ASKERS, WRITERS, ROLLBACKS = 8, 2, 20
QUESTIONS = (
    "Can I return shoes?",
    "What does express delivery cost?",
    "What does parcel number seven cost?",
    "Is there a discount?",
)


class Crowd:
    """Clients that work until they are told to stop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stopping = threading.Event()
        self.answers: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.statuses: Counter[tuple[str, int]] = Counter()

    def count(self, what: str, reply: httpx.Response) -> httpx.Response:
        self.statuses[what, reply.status_code] += 1
        if reply.is_error:
            self.errors.append(reply.text)
        return reply

    def ask(self, number: int) -> None:
        with rest(self.url) as http:
            while not self.stopping.is_set():
                body = {"question": QUESTIONS[number % len(QUESTIONS)], "cache": number % 2 == 0}
                reply = self.count("ask", http.post("/api/v1/ask", json=body))
                if reply.status_code == 200:
                    self.answers.append(reply.json())

    def write(self, number: int) -> None:
        turn = 0
        with rest(self.url) as http:
            while not self.stopping.is_set():
                turn += 1
                text = f"# Parcel\n\nParcel number {turn} of round {number} costs {turn} euros."
                document = {"path": f"parcels/{number}-{turn}.md", "content": text}
                body = {"documents": [document]}
                self.count("write", http.post("/api/v1/documents", json=body))

    def deploy(self, releases: list[str]) -> None:
        turn = 0
        with rest(self.url) as http:
            while not self.stopping.is_set():
                turn += 1
                body = {"release": releases[turn % len(releases)]}
                self.count("deploy", http.post("/api/v1/deploy", json=body))
                self.stopping.wait(0.05)


@pytest.mark.slow
def test_every_answer_belongs_to_the_cut_in_its_stamp(tmp_path: Path) -> None:
    with made(tmp_path / "shop", server="threads = 16") as project:
        releases = two_releases(project)
        project.snapshot("good")
        with served(project) as url, ThreadPoolExecutor(ASKERS + WRITERS + 1) as pool:
            crowd = Crowd(url)
            jobs: list[tuple[Callable[..., None], Any]] = [
                *((crowd.ask, number) for number in range(ASKERS)),
                *((crowd.write, number) for number in range(WRITERS)),
                (crowd.deploy, releases),
            ]
            running = [pool.submit(work, given) for work, given in jobs]
            with rest(url) as http:
                for turn in range(ROLLBACKS):
                    wait_for_more(crowd, ASKERS)
                    to = ("good", "~3", "~10")[turn % 3]
                    arrivals = ("leave", "requeue")[turn % 2]
                    body = {"to": to, "arrivals": arrivals}
                    crowd.count("rollback", http.post("/api/v1/rollback", json=body))
                crowd.stopping.set()
                for job in running:
                    job.result()
                settle(http)

        assert {status for _, status in crowd.statuses} <= {200, 202, 409}, crowd.errors
        assert crowd.statuses["rollback", 200] == ROLLBACKS
        assert crowd.statuses["ask", 409] == 0, crowd.errors
        assert crowd.statuses["write", 409] == 0, crowd.errors
        timelines = {answer["stamp"]["timeline"] for answer in crowd.answers}
        assert len(timelines) > ROLLBACKS / 2
        assert {answer["stamp"]["release"] for answer in crowd.answers} == set(releases)
        check_cuts(project, crowd.answers)


def two_releases(project: Project) -> list[str]:
    """Two stored releases that differ in their prompt; the first answers."""
    first = project.deployed()
    prompt = project.root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("## user", "Be formal.\n\n## user"))
    second = project.deploy().release
    project.deploy(first)
    return [first, second]


def wait_for_more(crowd: Crowd, answers: int) -> None:
    """Until so many more questions were answered."""
    goal = len(crowd.answers) + answers
    while len(crowd.answers) < goal:
        crowd.stopping.wait(0.01)


def check_cuts(project: Project, answers: list[dict[str, Any]]) -> None:
    """Every answer's release, corpus and chunks are those of its cut, which exists."""
    known: dict[str, tuple[str, str, set[str]]] = {}
    for answer in answers:
        stamp = answer["stamp"]
        cut = f"t{stamp['timeline']}@{stamp['tick']}"
        if cut not in known:
            live = {document["document"] for document in project.documents(at=cut)}
            corpus = project.entries("corpus", at=cut, prefix="state")[0].value["digest"]
            known[cut] = (project.deployed(at=cut), corpus, live)
        release, corpus, live = known[cut]
        assert stamp["release"] == release
        assert stamp["corpus"] == corpus
        assert {hit["document"] for hit in stamp["hits"]} <= live
        assert all(source["path"] for source in answer["sources"])
        assert project.decision(answer["id"]).answer == answer["answer"]
    some = answers[:: max(1, len(answers) // 20)]
    assert all(project.replay(answer["id"]).identical for answer in some)
