"""A migration to another embedder over a real endpoint: nothing fails, is mixed or paid twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from holdfast.bootstrap import open_project
from holdfast.domain.decision import Decision
from holdfast.errors import HoldfastError, StateError
from holdfast.operations.build import space_of
from holdfast.operations.migrate.backfill import Pace
from holdfast.operations.migrate.migrations import Migrations
from holdfast.operations.verify.rebuild import rebuild
from holdfast.operations.verify.verify import verify
from holdfast.pipeline.prepare import texts
from holdfast.project import Project
from holdfast.store.lake import canonical
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_world import started
from tests.support.embedding import Meter, endpoint

QUESTION = "How long may I return something?"
WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike".split()


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def url(meter: Meter) -> Iterator[str]:
    with endpoint(meter) as address:
        yield address


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of some forty documents of nine or ten chunks each."""
    with started(tmp_path / "project") as project:
        for number in range(40):
            name = f"{WORDS[number % 13]} {number}"
            parts = [f"## {name} {i}\n\n" + f"About {name} {i} and more. " * 20 for i in range(9)]
            path = project.root / "documents" / f"{number:03}.md"
            path.write_text(f"# {name}\n\n" + "\n\n".join(parts))
        project.ingest()
    return tmp_path / "project"


def words(url: str, **more: object) -> list[str]:
    given = {"kind": "openai", "base_url": url, "model": "m", "dimensions": 256} | more
    return [f"embedder.{name}={value}" for name, value in given.items()]


def room(project: Project) -> Migrations:
    return Migrations(project.system, project.runtime)


def pure(project: Project, decision: Decision) -> str:
    """The embedder of a decision's release, which must be that of the column it searched."""
    space = space_of(decision.stamp.release, blobs=project.system.blobs)
    assert decision.stamp.space["embedder"] == space.embedder
    assert decision.stamp.space["preprocessing"] == space.preprocessing
    assert decision.status == "answered"
    return space.embedder


def complete(project: Project, meter: Meter) -> None:
    """Each live chunk is in the new column once, and was paid for once."""
    migration = room(project).status("production")[0].migration
    live = {entry["document"] for entry in project.documents()}
    held = list(canonical.stored(project.system.lake.chunks, migration.target, documents=live))
    assert {name for name, _, _ in held} == live
    wanted = [text for _, chunks, _ in held for text in texts(chunks)]
    assert {meter.rows[text] for text in wanted} == {1}


def test_a_migration_from_plan_to_contract(
    root: Path, url: str, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_project(root) as project:
        before = project.ask(QUESTION)
        old = pure(project, before)
        plan = room(project).plan("production", words(url), price=0.02)
        meter.rows.clear()
    begun = holdfast(capsys, root, "migrate", *words(url))
    assert (begun.code, "verified" in begun.out) == (0, True)
    assert holdfast(capsys, root, "migrate", "cutover").code == 0
    assert f'base_url = "{url}"' in (root / "holdfast.toml").read_text()
    with open_project(root) as project:
        complete(project, meter)
        paid = sum(meter.rows.values())
        assert plan.chunks == paid
        assert plan.cost == pytest.approx(plan.tokens * 0.02 / 1e6)
        new = pure(project, project.ask(QUESTION))
        assert new != old
        assert project.deploy().tick is None, "the folder describes what answers"
        with pytest.raises(StateError, match="retention_days"):
            room(project).contract("production")
        assert room(project).contract("production", force=True).freed.chunks == plan.chunks
        assert [space.embedder for space in project.system.lake.spaces.known()] == [new]
        assert pure(project, project.ask(QUESTION)) == new
        again = rebuild(project.system, "production", at=str(before.stamp.cut), store=True)
        assert (again.identical, again.stored) == (True, again.documents)
        assert project.replay(before.id).identical


def test_back_works_at_every_stage(root: Path, url: str, tmp_path: Path) -> None:
    late = tmp_path / "late"
    late.mkdir()
    (late / "late.md").write_text("# Late\n\nLate visitors came after the cutover.\n")
    with open_project(root) as project:
        first = project.ask(QUESTION, session="first")
        old = pure(project, first)
        one = room(project)

        def begun() -> None:
            assert len(project.system.lake.spaces.known()) == 1

        def half() -> None:
            steps: list[object] = []

            def stop(step: object) -> None:
                steps.append(step)
                if len(steps) == 1:
                    one.pause("production")

            assert one.backfill("production", pace=Pace(parallel=1), progress=stop).paused
            assert one.status("production")[0].migration.paused

        def filled() -> None:
            one.backfill("production")
            assert one.verify("production").passed

        def cutover() -> None:
            filled()
            one.cutover("production")
            assert pure(project, project.ask(QUESTION, session="over")) != old
            assert url in (root / "holdfast.toml").read_text()
            assert project.ingest(late, prefix="late/").added
            with pytest.raises(StateError, match="the settings describe the side"):
                project.deploy()

        for stage in (begun, half, filled, cutover):
            one.start("production", words(url))
            stage()
            one.back("production")
            again = project.ask(QUESTION, session=f"after-{stage.__name__}")
            assert pure(project, again) == old
            assert again.answer == first.answer
            assert one.status("production")[0].migration.stage == "back"
        assert url not in (root / "holdfast.toml").read_text()
        assert project.sources(project.ask("Late visitors?"))[0].path == "late/late.md"
        one.contract("production", force=True)
        assert [space.embedder for space in project.system.lake.spaces.known()] == [old]


class Traffic:
    """Somebody who asks and somebody who brings documents in, until the end of the block."""

    def __init__(self, project: Project) -> None:
        self.asked: list[Decision] = []
        self.errors: list[HoldfastError] = []
        self.stop = threading.Event()
        self._project = project
        works = (self._ask, self._bring)
        self._threads = [threading.Thread(target=self._until_stopped, args=(w,)) for w in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, answers: int) -> None:
        """Until so many more questions were answered."""
        until = len(self.asked) + answers
        while len(self.asked) < until and not self.errors:
            self.stop.wait(0.01)

    def _until_stopped(self, work: Callable[[int], None]) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            try:
                work(number)
            except HoldfastError as e:
                self.errors.append(e)

    def _ask(self, number: int) -> None:
        self.asked.append(self._project.ask(f"{QUESTION} {number}"))
        self.stop.wait(0.1)

    def _bring(self, number: int) -> None:
        path = self._project.root / "documents" / f"new-{number}.md"
        path.write_text(f"# New {number}\n\nDocument {number} came meanwhile.\n")
        self._project.ingest(path)
        self.stop.wait(0.3)


def killed(root: Path, meter: Meter) -> None:
    """``holdfast migrate resume`` in a process of its own, killed after some rows."""
    line = [sys.executable, "-m", "holdfast.cli.main", "-C", str(root)]
    with subprocess.Popen(
        [*line, "migrate", "resume", "--parallel", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    ) as work:
        paid = sum(meter.rows.values())
        while sum(meter.rows.values()) < paid + 30 and work.poll() is None:
            time.sleep(0.01)
        work.send_signal(signal.SIGKILL)


@pytest.mark.slow
def test_killed_while_others_ask_and_bring_in(root: Path, url: str, meter: Meter) -> None:
    meter.rate = 250.0
    with open_project(root) as project:
        room(project).start("production", words(url))
        with Traffic(project) as traffic:
            for _ in range(2):
                killed(root, meter)
            room(project).backfill("production", pace=Pace(parallel=2))
            assert room(project).verify("production").passed
            room(project).cutover("production")
            traffic.wait_for(3)
        assert traffic.errors == []
        assert len({pure(project, decision) for decision in traffic.asked}) == 2
        complete(project, meter)


def test_an_embedder_that_fails_changes_nothing(
    root: Path, url: str, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_project(root) as project:
        tick = project.head().tick
    for given, said in (
        (words(url, dimensions=128), "makes vectors of 256 dimensions, not 128"),
        (words("http://127.0.0.1:9/v1"), "127.0.0.1"),
        (["embedder.colour=red"], "'embedder.colour=red' is no change of a setting"),
        (["chunking=3"], "preprocessing.max_characters"),
        (["embedder=wordllama"], "there is nothing to migrate"),
        (["embedder.dimensions=100"], "wordllama makes vectors of 64, 128, 256"),
        (["embedder=openai"], "needs embedder.base_url"),
        (["embedder.api_key_env=KEY"], "[endpoints] keys"),
    ):
        assert said in one_line(holdfast(capsys, root, "migrate", *given))
    for command in ("pause", "resume", "cutover", "back", "contract"):
        one_line(holdfast(capsys, root, "migrate", command))
    with open_project(root) as project:
        assert project.head().tick == tick
        assert len(project.system.lake.spaces.known()) == 1


def test_documents_come_in_while_the_new_embedder_is_down(
    root: Path, url: str, meter: Meter
) -> None:
    with open_project(root) as project:
        one = room(project)
        one.start("production", words(url))
        meter.down = True
        (root / "documents" / "new.md").write_text(
            "# New\n\nIt came while the endpoint was down.\n"
        )
        assert project.ingest().quarantined == ()
        assert project.sources(project.ask("What came while the endpoint was down?"))
        meter.down = False
        one.backfill("production")
        assert one.verify("production").passed
        complete(project, meter)


def test_what_arrives_again_under_the_backfill_is_paid_once(
    root: Path, url: str, meter: Meter
) -> None:
    meter.rate = 150.0
    with open_project(root) as project, ThreadPoolExecutor(1) as pool:
        one = room(project)
        one.start("production", words(url))
        filling = pool.submit(one.backfill, "production", pace=Pace(parallel=2))
        while not meter.requests:
            time.sleep(0.01)
        again = 0
        while not filling.done():
            again += 1
            project.ingest(root / "documents", prefix=f"again-{again}/")
        assert filling.result().paused is False
        assert again > 0
        if not one.filled("production"):
            one.backfill("production")
        assert one.verify("production").passed
        complete(project, meter)


def test_what_lacks_vectors_after_verifying_is_filled_by_resume(
    root: Path, url: str, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert holdfast(capsys, root, "migrate", *words(url)).code == 0
    with open_project(root) as project:
        meter.down = True
        (root / "documents" / "late.md").write_text("# Late\n\nIt came after all was verified.\n")
        project.ingest()
        meter.down = False
    assert "not prepared" in one_line(holdfast(capsys, root, "migrate", "cutover"))
    assert holdfast(capsys, root, "migrate", "resume").code == 0
    assert holdfast(capsys, root, "migrate", "cutover").code == 0
    with open_project(root) as project:
        complete(project, meter)


def test_a_suite_is_what_a_migration_is_verified_on_and_held_to(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = root / "suites" / "golden.toml"
    golden.write_text('file = "golden.jsonl"\n[metrics.facts]\nmargin = 0.2\n')
    cases = [
        {"id": f"c{n}", "question": QUESTION, "facts": "30 days", "relevant": ["returns.md"]}
        for n in range(20)
    ]
    lines = "".join(f"{json.dumps(case)}\n" for case in cases)
    (root / "suites" / "golden.jsonl").write_text(lines)
    begun = holdfast(
        capsys, root, "migrate", "embedder.dimensions=128", "--suite", "golden", "--json"
    )
    assert begun.code == 0, begun.error
    told = json.loads(begun.out)
    assert (told["comparison"]["kind"], told["comparison"]["questions"]) == ("suite", 20)
    assert (told["gate"]["suite"], told["gate"]["verdict"]) == ("golden", "pass")
    golden.write_text('file = "golden.jsonl"\n[metrics.facts]\nmargin = 0.2\nthreshold = 0.9\n')
    wrong = lines.replace("30 days", "90 years")
    (root / "suites" / "golden.jsonl").write_text(wrong)
    failed = holdfast(capsys, root, "migrate", "resume", "--suite", "golden")
    assert (failed.code, "Gate golden: fail" in failed.out) == (1, True), failed.out


def test_another_chunking_with_fewer_dimensions(root: Path) -> None:
    with open_project(root) as project:
        one = room(project)
        one.start("production", ["embedder.dimensions=128", "chunking=300"])
        one.backfill("production")
        assert one.verify("production").passed
        one.cutover("production")
        assert project.ask(QUESTION).status == "answered"
        assert verify(project.system).sound
    with open_project(root) as project:
        assert project.settings.preprocessing.max_characters == 300
        assert project.deploy(dry_run=True).release == project.deployed()
