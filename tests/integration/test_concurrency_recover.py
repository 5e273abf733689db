"""Recovering a served environment while people ask: nothing good is lost, nothing bad is left."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import holdfast
from holdfast.domain.decision import Decision
from holdfast.operations.recover.recoveries import Recoveries
from holdfast.store.lake import corpus
from tests.support.project import SHOES

STUDENTS = "How much do students get off?"
PROMO = "# Weekend\n\nThis weekend students get 25 % off everything, without any card.\n"
ASKERS, TURNS = 4, 6


def test_a_recovery_under_traffic(tmp_path: Path) -> None:
    with holdfast.init(tmp_path / "shop") as project:
        project.ingest()
        (project.root / "documents" / "weekend.md").write_text(PROMO)
        project.ingest()
        project.deploy()
        assert "25 %" in project.ask(STUDENTS, session="first").answer
        begun = threading.Barrier(ASKERS + 1)

        def ask(number: int) -> list[Decision]:
            begun.wait()
            return [
                project.ask(text, session=f"s-{number}-{turn}-{text[:3]}")
                for turn in range(TURNS)
                for text in (STUDENTS, SHOES)
            ]

        room = Recoveries(project.system, project.runtime)
        with ThreadPoolExecutor(ASKERS) as pool:
            asking = [pool.submit(ask, number) for number in range(ASKERS)]
            begun.wait()
            done = room.recover(["weekend.md"], order=room.order(yes=True))
            decisions = [decision for told in asking for decision in told.result()]

        shown = {entry.key for entry in project.entries("decisions")}
        bad = {decision.id for decision in decisions if "25 %" in decision.answer}
        assert shown == {decision.id for decision in decisions} - bad
        turns = {entry.key.rpartition("/")[2] for entry in project.entries("memory")}
        assert turns == shown
        assert all("25 %" not in e.value["answer"] for e in project.entries("cache"))
        assert done.loss.revoked["decisions"] == len(bad) + 1
        late = [d for d in decisions if d.stamp.timeline == done.after.timeline]
        assert not any("25 %" in decision.answer for decision in late)
        live = {doc["path"]: doc["document"] for doc in project.documents()}
        assert "weekend.md" not in live
        state = corpus.state(project.system.view("production"))
        assert state.documents == len(live)
        project.rollback(str(done.before))
        assert "25 %" in project.ask(STUDENTS).answer
