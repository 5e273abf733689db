"""A migration whose old embedder is switched off: questions reach the old column by an adapter."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from holdfast.adapters.files import FileVault
from holdfast.bootstrap import open_project
from holdfast.domain.decision import Decision
from holdfast.errors import ProviderError, StateError
from holdfast.operations import vault
from holdfast.operations.build import space_of
from holdfast.operations.migrate import adapt
from holdfast.operations.migrate.backfill import Pace
from holdfast.operations.migrate.migrations import Migrations
from holdfast.operations.retention.clean import clean
from holdfast.operations.verify.verify import verify
from holdfast.pipeline.prepare import texts
from holdfast.project import Project
from holdfast.settings import load, rewrite
from holdfast.store.lake import canonical
from holdfast.store.releases import catalog
from tests.support.crash_cli import Ended, holdfast, one_line
from tests.support.crash_world import started
from tests.support.embedding import Meter, endpoint

QUESTION = "How long may I return something?"
PAIRS, DOCUMENTS = 500, 30
WORDS = (
    "harbour ship river bridge market bread apple orchard winter storm window garden stone castle "
    "teacher letter paper music violin doctor engine wheel copper silver forest wolf horse saddle "
    "island coast fisher net kitchen oven flour honey bee summer field tractor seed rain cloud "
    "mountain path village church bell tower clock judge court law tax coin bank loan house roof"
).split()


@pytest.fixture(scope="module")
def old() -> Iterator[tuple[Meter, str]]:
    """The endpoint that the documents were embedded by, and that is switched off."""
    meter = Meter(model=3)
    with endpoint(meter) as address:
        yield meter, address


@pytest.fixture(scope="module")
def template(old: tuple[Meter, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of some 1,100 chunks in the old endpoint's column, which answers."""
    root = tmp_path_factory.mktemp("adapter") / "project"
    chance = random.Random(11)
    with started(root):
        for number in range(120):
            topic = chance.sample(WORDS, 8)
            parts = [
                f"## Part {i}\n\n" + " ".join(chance.choices([*topic, *WORDS], k=110)) + "."
                for i in range(9)
            ]
            path = root / "documents" / f"{number:03}.md"
            path.write_text(f"# {' '.join(topic[:2])} {number}\n\n" + "\n\n".join(parts))
    settings = {"kind": "openai", "base_url": old[1], "model": "old", "dimensions": 256}
    rewrite(root, {"embedder": settings})
    with open_project(root) as project:
        project.ingest()
        project.deploy()
    return root


@pytest.fixture
def gone(old: tuple[Meter, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Switches the old endpoint off, until the test ends."""
    return lambda: monkeypatch.setattr(old[0], "down", True)


@pytest.fixture
def root(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(adapt, "PAIRS", PAIRS)
    monkeypatch.setattr(adapt, "DOCUMENTS", DOCUMENTS)
    shutil.copytree(template, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def url(meter: Meter) -> Iterator[str]:
    with endpoint(meter) as address:
        yield address


def words(url: str) -> list[str]:
    return [f"embedder.base_url={url}", "embedder.model=new"]


def room(project: Project) -> Migrations:
    return Migrations(project.system, project.runtime)


def adapted(project: Project, decision: Decision) -> bool:
    """Whether an answer came by an adapter; its stamp names the column that was searched."""
    space = space_of(decision.stamp.release, blobs=project.system.blobs)
    assert decision.stamp.space["embedder"] == space.embedder
    assert decision.status == "answered"
    return "adapter" in decision.stamp.space


def deployed(project: Project) -> str:
    return catalog.deployed(project.system.view("production"), environment="production")


def hits(decision: Decision) -> list[str]:
    return [hit.chunk for hit in decision.stamp.hits]


def paid_once(project: Project, meter: Meter) -> None:
    """Each live chunk is in the new column, and was paid for once."""
    migration = room(project).status("production")[0].migration
    live = {entry["document"] for entry in project.documents()}
    held = list(canonical.stored(project.system.lake.chunks, migration.target, documents=live))
    assert {name for name, _, _ in held} == live
    assert {meter.rows[text] for _, chunks, _ in held for text in texts(chunks)} == {1}


def test_answers_go_on_through_an_adapter_until_the_cutover(
    root: Path, url: str, meter: Meter, gone: Callable[[], None]
) -> None:
    with open_project(root) as project:
        first = project.ask(QUESTION)
        gone()
        with pytest.raises(ProviderError):
            project.ask(QUESTION)
        one = room(project)
        one.start("production", words(url))
        recall = one.adapt("production")
        assert recall is not None
        assert recall.mean > 0.9
        assert adapt.BAR <= recall.low < recall.mean < recall.high
        assert PAIRS * 0.15 < recall.passages < PAIRS * 0.3
        assert PAIRS <= meter.paid < PAIRS + 30, "only the sample is embedded"

        through = project.ask(QUESTION)
        assert adapted(project, through)
        assert len(set(hits(through)) & set(hits(first))) >= 0.7 * len(hits(first))
        told = through.stamp.space["adapter"]
        assert told["embedder"] == one.status("production")[0].migration.target.embedder
        assert told["recall"]["mean"] == recall.mean
        assert through.stamp.components["retrieval"] != first.stamp.components["retrieval"]
        assert project.replay(through.id).identical
        tick = project.head().tick
        assert one.adapt("production") == recall
        assert project.head().tick == tick, "a second time changes nothing"
        with pytest.raises(StateError, match=r"embedder that is gone.*migrate cutover"):
            project.deploy()

        (root / "documents" / "late.md").write_text(
            "# Late\n\nLate parcels go to the lighthouse.\n"
        )
        with pytest.raises(ProviderError):
            project.ingest()
        assert [item.path for item in project.queue() if item.waits] == ["late.md"]

        one.backfill("production")
        paid_once(project, meter)
        assert one.verify("production").passed
        one.cutover("production")
        after = project.ask(QUESTION)
        assert not adapted(project, after)
        assert after.stamp.components["retrieval"] == first.stamp.components["retrieval"]
    with open_project(root) as project:
        project.ingest()
        found = project.sources(project.ask("Where do late parcels go?"))
        assert found[0].path == "late.md"
        assert project.replay(through.id).identical
        clean(project.system)
        assert verify(project.system).damage == ()
        assert project.replay(through.id).identical


def test_back_and_rollback_go_across_it(root: Path, url: str, gone: Callable[[], None]) -> None:
    with open_project(root) as project:
        before = project.head().tick
        gone()
        one = room(project)
        one.start("production", words(url))
        one.adapt("production")
        through = project.ask(QUESTION)
        bridged = project.head().tick
        one.backfill("production")
        assert one.verify("production").passed
        one.cutover("production")

        one.back("production")
        again = project.ask(QUESTION)
        assert adapted(project, again)
        assert (again.stamp.release, hits(again)) == (through.stamp.release, hits(through))

        project.rollback(f"@{before}")
        assert one.status("production") == []
        with pytest.raises(ProviderError):
            project.ask(QUESTION)

        project.rollback(f"@{bridged}")
        (status,) = one.status("production")
        assert (status.migration.stage, status.done) == ("backfill", status.documents)
        assert status.migration.adapter == through.stamp.space["adapter"]
        again = project.ask(QUESTION)
        assert (again.answer, hits(again)) == (through.answer, hits(through))
        assert one.verify("production").passed
        one.cutover("production")
        assert not adapted(project, project.ask(QUESTION))


def refused(ended: Ended) -> str:
    """The line that says why, behind what was begun."""
    return one_line(replace(ended, out=""))


def test_below_the_bar_nothing_is_deployed(
    root: Path, gone: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    gone()
    with open_project(root) as project:
        release = deployed(project)
    given = ["embedder=wordllama", "embedder.dimensions=64"]
    line = refused(holdfast(capsys, root, "migrate", *given, "--adapter"))
    assert "exact ten nearest" in line
    assert "70% must be sure; nothing was deployed" in line
    with open_project(root) as project:
        (status,) = room(project).status("production")
        assert (status.migration.adapter, status.migration.stage) == (None, "backfill")
        assert deployed(project) == release
        view, source = project.system.view("production"), status.migration.source
        names = adapt.sample(project.system, view, space=source)
        both = adapt.pairs(project.system, status.migration, documents=names)
        learning, held = adapt.split(both)
        assert not set(learning.documents.tolist()) & set(held.documents.tolist())
        assert 0.0 < brute(project, held, learning) < 0.7


def brute(project: Project, held: adapt.Pairs, learning: adapt.Pairs) -> float:
    """Recall written out, held against the measured one."""
    space = room(project).status("production")[0].migration.source
    rows, columns = [], []
    for part in project.system.lake.chunks.columns(space):
        rows += part.rows.tolist()
        columns.append(part.vectors.astype(np.float32))
    column = np.concatenate(columns)
    u, _, v = np.linalg.svd(learning.new.T @ learning.old, full_matrices=False)
    turned = held.new @ (u @ v)
    kept: dict[bytes, list[float]] = {}
    for place, row in enumerate(held.rows.tolist()):
        own = rows.index(row)
        ten = []
        for vector in (held.old[place], turned[place]):
            scores = column @ vector
            scores[own] = -9
            ten.append(set(np.argsort(-scores)[:10].tolist()))
        kept.setdefault(held.documents[place].tobytes(), []).append(len(ten[0] & ten[1]) / 10)
    mean = float(np.mean([np.mean(values) for values in kept.values()]))
    live = {entry["document"] for entry in project.documents()}
    found = adapt.measured(
        project.system,
        space,
        held=held,
        turned=adapt.turned(held.new, adapt.packed(u @ v)),
        live=live,
    )
    assert found.mean == pytest.approx(mean, abs=0.003)
    assert found.low < found.mean < found.high
    return mean


def test_where_none_is_needed_or_possible_none_is_deployed(
    root: Path,
    url: str,
    gone: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = refused(holdfast(capsys, root, "migrate", *words(url), "--adapter"))
    assert "the old embedder answers, so no adapter is needed" in line
    assert holdfast(capsys, root, "migrate", "back").code == 0
    gone()
    line = refused(holdfast(capsys, root, "migrate", *words(url), "chunking=500", "--adapter"))
    assert "cuts documents another way" in line
    assert holdfast(capsys, root, "migrate", "back").code == 0
    monkeypatch.setattr(adapt, "DOCUMENTS", 1_000)
    with open_project(root) as project:
        one = room(project)
        one.start("production", words(url))
        assert one.adapt("production") is None
        assert one.status("production")[0].migration.adapter is None


def test_people_are_told(
    root: Path, url: str, gone: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    gone()
    begun = holdfast(capsys, root, "migrate", *words(url), "--adapter")
    assert begun.code == 0
    assert "Answers come through an adapter, which keeps" in begun.out
    assert "adapter that keeps" in " ".join(holdfast(capsys, root, "migrate", "status").out.split())
    assert holdfast(capsys, root, "ask", QUESTION).code == 0
    with open_project(root) as project:
        name = project.entries("decisions")[-1].key
    shown = " ".join(holdfast(capsys, root, "show", name).out.split())
    assert "of the exact ten nearest" in shown


def test_a_sealed_moment_answers_through_its_adapter(
    root: Path, url: str, gone: Callable[[], None], tmp_path: Path
) -> None:
    rewrite(root, {"vault": {"key": str(tmp_path / "key.pem")}})
    gone()
    with open_project(root) as project:
        room(project).start("production", words(url))
        room(project).adapt("production")
        through = project.ask(QUESTION)
        vault.seal(project.system, "production", name="one", vault=FileVault(tmp_path / "vault"))
        keys = vault.trusted(load(root))
    bundle = vault.opened(FileVault(tmp_path / "vault"), "one", keys=keys)
    vault.unpack(bundle, tmp_path / "again")
    with open_project(tmp_path / "again") as project:
        vault.restore(project.system, "production", bundle=bundle, progress=lambda *_: None)
        clean(project.system)
        again = project.ask(QUESTION)
        assert adapted(project, again)
        assert (again.answer, hits(again)) == (through.answer, hits(through))


RUN = f"""
from holdfast.operations.migrate import adapt
adapt.PAIRS, adapt.DOCUMENTS = {PAIRS}, {DOCUMENTS}
from holdfast.cli.main import main
main()
"""


@pytest.mark.slow
def test_killed_at_any_moment(root: Path, url: str, meter: Meter, gone: Callable[[], None]) -> None:
    meter.rate = 400.0
    chance = random.Random(5)
    gone()
    with open_project(root) as project:
        room(project).start("production", words(url))
        answered = []
        for target in (150, PAIRS - 20, PAIRS + 1, PAIRS + 30, PAIRS + 200):
            command = [sys.executable, "-c", RUN, "migrate", "resume", "--adapter"]
            with subprocess.Popen(
                command,
                cwd=root,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ.copy(),
            ) as work:
                while meter.paid < target and work.poll() is None:
                    time.sleep(0.005)
                time.sleep(chance.random() * 0.3)
                work.send_signal(signal.SIGKILL)
            bridged = room(project).status("production")[0].migration.adapter is not None
            try:
                decision = project.ask(QUESTION)
            except ProviderError:
                assert not bridged
                continue
            assert bridged
            assert adapted(project, decision)
            assert project.replay(decision.id).identical
            answered.append(decision)
        assert room(project).adapt("production") is not None
        answered.append(project.ask(QUESTION))
        assert len({(d.stamp.release, d.answer) for d in answered}) == 1
        room(project).backfill("production", pace=Pace(parallel=2))
        assert room(project).verify("production").passed
        room(project).cutover("production")
        paid_once(project, meter)
        assert not adapted(project, project.ask(QUESTION))
