"""Judging that is killed goes on where it stopped: nothing is paid twice, and nothing lost."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import holdfast
from holdfast.ports.ledger import Query
from tests.support.provider import Reply, Request, ScriptedProvider, answer, serving, verdict
from tests.support.server import change

PAGE = "Shoes that you wore once indoors can be returned within 30 days.\n"
UNSURE = "Worn shoes are fine."
"""What the embedded judge cannot decide beside that page."""
MANY = 14
JUDGE = """prompt = "faithful.md"
threads = 1
[[models]]
base_url = "URL"
model = "tiny"
"""
SUITE = """dataset = "golden"
[metrics.faithful]
scorer = "judge"
options = { judge = "faithful" }
"""


class Judge:
    """A model and a judge; kills who asks, in the middle of a judge's question."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.kill_at: set[int] = set()

    def __call__(self, request: Request) -> Reply:
        text = request.body["messages"][-1]["content"]
        if "<answer>" not in text:
            return answer(UNSURE)
        found = re.search(r"<question>\s*(.*?)\s*</question>", text, re.DOTALL)
        assert found
        self.asked.append(found[1])
        if len(self.asked) in self.kill_at:
            assert self.child is not None
            self.child.send_signal(signal.SIGKILL)
        return verdict("pass")

    def run(self, folder: Path, *command: str) -> int:
        """A command in a process of its own; its exit code."""
        arguments = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *command]
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as self.child:
            return self.child.wait(300)


@contextmanager
def shop(folder: Path, judge: Judge) -> Iterator[ScriptedProvider]:
    """A project whose every answer the embedded judge is unsure of."""
    with serving(judge) as (url, provider):
        with holdfast.init(folder):
            for file in (folder / "documents").iterdir():
                file.unlink()
        (folder / "documents" / "returns.md").write_text(PAGE)
        (folder / "judges" / "faithful.toml").write_text(JUDGE.replace("URL", url))
        (folder / "suites" / "nightly.toml").write_text(SUITE)
        change(
            folder,
            model=f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"',
            scoring='rate = 1.0\nscorers = ["grounding"]\nsecond = "faithful"',
        )
        with holdfast.open(folder) as project:
            project.ingest()
            project.deploy()
        yield provider


def paid(judge: Judge) -> None:
    """Each question was put to the judge; twice only those that a kill left without an answer."""
    again = [question for question, times in Counter(judge.asked).items() if times > 1]
    assert len(set(judge.asked)) == MANY
    assert len(judge.asked) == MANY + len(judge.kill_at)
    assert len(again) <= len(judge.kill_at)


def test_online_scoring_that_is_killed(tmp_path: Path) -> None:
    judge, folder = Judge(), tmp_path / "shop"
    with shop(folder, judge):
        with holdfast.open(folder) as project:
            asked = {project.ask(f"May I return shoes number {n}?").id for n in range(MANY)}
        judge.kill_at = {1, 8, MANY + 2}
        for _ in judge.kill_at:
            assert judge.run(folder, "score", "--all") == -signal.SIGKILL
        assert judge.run(folder, "score", "--all") == 0
        paid(judge)
        assert judge.run(folder, "score", "--all") == 0
        paid(judge)
    with holdfast.open(folder) as project:
        history = list(project.system.ledger.history(Query(store="assessments")))
        scored = Counter(entry.key for _, entry in history)
        assert scored == Counter(f"{name}/grounding" for name in asked), "each is there once"
        assert {entry.value["value"] for _, entry in history} == {1.0}
        kept = [
            entry.value for _, entry in project.system.ledger.history(Query(store="judgements"))
        ]
    assert len(kept) == MANY


def test_a_gate_s_judge_that_is_killed(tmp_path: Path) -> None:
    judge, folder = Judge(), tmp_path / "shop"
    with shop(folder, judge) as provider:
        cases = [{"id": f"c{n}", "question": f"May I return shoes {n}?"} for n in range(MANY)]
        file = tmp_path / "golden.jsonl"
        file.write_text("".join(json.dumps(case) + "\n" for case in cases))
        assert judge.run(folder, "dataset", "import", str(file), "--to", "golden") == 0
        judge.kill_at = {5, 10}
        run = ("eval", "nightly", "--run", "r1")
        for _ in judge.kill_at:
            assert judge.run(folder, *run) == -signal.SIGKILL
        assert judge.run(folder, *run) == 0
        paid(judge)
        answers = len(provider.requests) - len(judge.asked)
        assert answers == MANY, "nor is an answer generated again"
