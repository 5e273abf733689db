"""A migration to another embedder while four clients ask and one brings documents in.

A served project holds the chunks of one embedder. The other one is an endpoint in a process of its
own with a set speed, which counts what it is paid for, and answers a request under an idempotency
key that it has answered before without charging again. The column is filled by ``holdfast migrate
resume``, killed with ``kill -9`` again and again: first while nobody asks, then beside the clients.
Then come verify, cutover, back, cutover again.

At the end: no request failed; every decision searched the column of its release's embedder; every
live chunk is in the new column once, and was paid for once; and how fast it went. The measure is
the bare client of the same endpoint, in a process of its own like the backfill: before each part
of the work and under the same load, so that what the clients take of the machine's cores, they
take from both.

The full size of 200,000 chunks is for two cores that nobody else works on; the endpoint's speed
alone makes it 200 s. Lines tell what is done, after how many minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from table import percentiles, show

sys.path.insert(0, str(Path(__file__).parents[1]))

from holdfast.adapters.openai import OpenAIEmbedder
from holdfast.bootstrap import init_project, open_project
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.domain.event import Event
from holdfast.operations.build import build, space_of, target
from holdfast.operations.ingest import intake_for
from holdfast.operations.migrate.migrations import Migrations
from holdfast.operations.pin import pin
from holdfast.operations.verify.rebuild import prepared
from holdfast.pipeline.ingest import Plan, make_live
from holdfast.pipeline.prepare import texts
from holdfast.project import Project
from holdfast.store.lake import canonical
from tests.support.server import spawned

ENV = "production"
KILLS, QUICK_KILLS = 5, 2
"""How often it is killed beside the clients; once more before they come."""
ALONE = 0.1
"""Share of the chunks that is filled before the clients come."""
CLIENTS = 4
PARALLEL = 4
SECTIONS = 10
BARE = 4_000
"""Texts of one look at the bare client."""
VOCABULARY = 5_000
BATCH = 400
THREADS = 2
"""That make the project, before anything is measured."""
STARTED = time.monotonic()
METER = httpx.Client(timeout=60)
"""One for all looks at the meter: to make a client costs more than a look fifty times a second."""


@dataclass
class Load:
    """What the clients did."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    brought: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass
class Speed:
    """Rows and seconds of the bare client and of the backfill, under one load."""

    bare: list[tuple[int, float]] = field(default_factory=list)
    fill: list[tuple[int, float]] = field(default_factory=list)

    def told(self) -> str:
        bare, fill = (sum(n for n, _ in x) / sum(s for _, s in x) for x in (self.bare, self.fill))
        return f"{fill:,.0f} of {bare:,.0f} rows/s, {fill / bare:.1%}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="4,000 chunks, killed 3 times")
    options.add_argument("--chunks", type=int, default=200_000)
    options.add_argument("--rate", type=float, default=1_000.0, help="the endpoint's, texts/s")
    given = options.parse_args()
    chunks = 4_000 if given.quick else given.chunks
    kills = QUICK_KILLS if given.quick else KILLS
    # What sorts decisions beside the server may end after it: no late file may cost a run.
    with tempfile.TemporaryDirectory(
        prefix="holdfast-migrate-", ignore_cleanup_errors=True
    ) as scratch:
        root = Path(scratch) / "shop"
        step(f"making {chunks:,} chunks")
        made(root, chunks=chunks)
        with endpoint(given.rate) as url, spawned(root) as server:
            rows = story(root, url=url, server=server.url, parts=parts(chunks, kills=kills))
    show(
        f"Migrating {chunks:,} chunks",
        inputs=f"endpoint of {given.rate:,.0f} texts/s, {PARALLEL} requests at a time, "
        f"{CLIENTS} clients ask, one brings documents in, {kills + 1} times kill -9",
        columns=("what", "target", "measured"),
        rows=rows,
    )


def step(told: str) -> None:
    """What is done now, after how many minutes."""
    print(f"{(time.monotonic() - STARTED) / 60:5.1f} min  {told}", file=sys.stderr, flush=True)


def parts(chunks: int, *, kills: int) -> list[int]:
    """Rows that are paid for when the backfill is killed, each time; at last it goes to the end."""
    first = int(chunks * ALONE)
    return [first + (chunks - first) * part // (kills + 1) for part in range(kills + 2)]


def story(root: Path, *, url: str, server: str, parts: list[int]) -> list[list[object]]:
    load, alone, beside = Load(), Speed(), Speed()
    words = [f"embedder.{k}={v}" for k, v in settings(url).items()]
    count = BARE
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as bare:

        def measured(speed: Speed, until: int) -> None:
            speed.bare.append(bare.submit(bare_rate, url, count=count, seed=until).result())
            step(f"filling up to {until:,} of {parts[-1]:,}")
            speed.fill.append(filled(root, url=url, until=until, killed=until != parts[-1]))

        step("starting the migration")
        bare.submit(bare_rate, url, count=PARALLEL * 128, seed=0).result()
        with open_project(root) as project:
            Migrations(project.system, project.runtime).start(ENV, words)
        measured(alone, parts[0])
        step("clients come")
        with clients(server, load):
            for until in parts[1:]:
                measured(beside, until)
            moves = [command(root, "cutover"), command(root, "back")]
            again = command(root, *words)
            moves.append(command(root, "cutover"))
            time.sleep(3)
    figures = {"alone": alone, "beside": beside, "moves": moves, "again": again}
    return judged(root, url, load=load, figures=figures)


def made(root: Path, *, chunks: int) -> None:
    """A project of Markdown documents of ten sections each, prepared with the embedded embedder."""
    generator = random.Random(1)
    with init_project(root) as project:
        system = project.system
        goal = target(build(system), system=system)
        intake = intake_for(system, ENV)
        count = chunks // SECTIONS
        for first in range(0, count, BATCH):
            sources = [document(generator, n) for n in range(first, min(first + BATCH, count))]
            system.lake.documents.put(sources)
            names = [source.digest for source in sources]
            every = list(prepared(names, goal, system=system, threads=THREADS))
            pieces = [piece for _, found, _ in every for piece in found]
            vectors = np.concatenate([found for _, _, found in every])
            system.lake.chunks.append(pieces, vectors, space=goal.space)
            live = tuple(
                Event(
                    "documents",
                    f"made/{first + n}.md",
                    {
                        "document": source.digest,
                        "media_type": source.media_type,
                        "title": "",
                        "bytes": len(source.source),
                    },
                )
                for n, source in enumerate(sources)
            )
            make_live(lambda _, live=live: Plan(live), operation="ingest", intake=intake)
            print(f"\r{(first + BATCH) * SECTIONS:,} chunks", end="", file=sys.stderr)
        print(file=sys.stderr)
        pin(system, intake)
        project.deploy()


def document(generator: random.Random, number: int) -> Document:
    def words(count: int) -> str:
        return " ".join(f"w{int(VOCABULARY ** generator.random())}" for _ in range(count))

    parts = [f"## Part {number}-{i} {words(3)}\n\n{words(95)}." for i in range(SECTIONS)]
    source = f"# Document {number}\n\n{chr(10).join(parts)}\n".encode()
    return Document(digest_bytes(source), "text/markdown", source)


def settings(url: str) -> dict[str, object]:
    return {"kind": "openai", "base_url": url, "model": "m", "dimensions": 256}


@contextmanager
def endpoint(rate: float) -> Iterator[str]:
    """The other embedder, in a process of its own."""
    words = [sys.executable, "-m", "tests.support.embedding", "--rate", str(rate)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def clients(server: str, load: Load) -> Iterator[None]:
    """Four that ask and one that brings documents in, until the end of the block."""

    def ask(seed: int) -> None:
        generator = random.Random(seed)
        with httpx.Client(base_url=server, timeout=120) as client:
            while not load.stop.is_set():
                words = " ".join(f"w{int(VOCABULARY ** generator.random())}" for _ in range(8))
                began = time.monotonic()
                reply = client.post("/api/v1/ask", json={"question": f"What of {words}?"})
                load.seconds.append(time.monotonic() - began)
                if reply.status_code != 200:
                    load.failed.append(reply.text)

    def bring() -> None:
        with httpx.Client(base_url=server, timeout=120) as client:
            while not load.stop.is_set():
                load.brought += 1
                text = f"# New {load.brought}\n\nDocument {load.brought} came meanwhile.\n"
                body = {"documents": [{"path": f"new-{load.brought}.md", "content": text}]}
                reply = client.post("/api/v1/documents", json=body)
                if reply.status_code >= 300:
                    load.failed.append(reply.text)
                load.stop.wait(0.5)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CLIENTS)]
    threads.append(threading.Thread(target=bring))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()


def bare_rate(url: str, *, count: int, seed: int) -> tuple[int, float]:
    """Texts and seconds of the endpoint's client alone, as many requests at a time.

    Another seed makes other texts: the endpoint answers the same ones from its notes, at once.
    """
    generator = random.Random(seed)
    batches = [
        [f"bare {generator.random()} " + "w1 w2 w3 " * 60 for _ in range(128)]
        for _ in range(max(PARALLEL, count // 128))
    ]
    embedder = OpenAIEmbedder(**{k: v for k, v in settings(url).items() if k != "kind"})
    with ThreadPoolExecutor(PARALLEL) as pool:
        started = time.monotonic()
        list(pool.map(embedder.embed, batches))
        seconds = time.monotonic() - started
    embedder.close()
    return sum(map(len, batches)), seconds


def filled(root: Path, *, url: str, until: int, killed: bool) -> tuple[int, float]:
    """Fill the column until so many rows are paid for; the rows and seconds since the first came.

    Killed then, or let go to its end. A few rows are paid for while the process starts: documents
    that are brought in. The clock starts when more came than those.
    """
    with process(root, "resume", "--parallel", str(PARALLEL)) as work:

        def reached(rows: int) -> int:
            while (paid := meter(url)["paid"]) < rows and work.poll() is None:
                time.sleep(0.02)
            return paid

        first = reached(meter(url)["paid"] + PARALLEL * 128)
        began = time.monotonic()
        last = reached(until)
        seconds = time.monotonic() - began
        if killed:
            work.send_signal(signal.SIGKILL)
        said, wrong = work.communicate()
        assert killed or work.returncode == 0, said + wrong
    return last - first, seconds


def process(root: Path, *words: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "holdfast.cli.main", "-C", str(root), "migrate", *words]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def command(root: Path, *words: str) -> float:
    """Run ``holdfast migrate``; the seconds it took."""
    step(f"migrate {words[0]}")
    started = time.monotonic()
    with process(root, *words) as work:
        said, wrong = work.communicate()
    assert work.returncode == 0, said + wrong
    return time.monotonic() - started


def meter(url: str) -> dict[str, int]:
    """What the endpoint was paid for."""
    counted: dict[str, int] = json.loads(METER.get(f"{url}/meter").text)
    return counted


def judged(root: Path, url: str, *, load: Load, figures: dict[str, Any]) -> list[list[object]]:
    step("looking at every decision and every chunk")
    paid = meter(url)
    with open_project(root) as project:
        project.drain()
        mixed, sides = pure(project)
        lacking, rows = complete(project)
    p50, p99 = percentiles(load.seconds)
    assert not load.failed, load.failed[:3]
    assert mixed == 0
    assert lacking == 0
    assert paid["twice"] == 0
    asked = ", ".join(f"{number:,}" for number in sides.values())
    return [
        ["requests that failed", "0", f"{len(load.failed)} of {len(load.seconds):,} asked"],
        ["decisions that mixed embedders", "0", f"{mixed} ({asked} on the two sides)"],
        ["documents brought in meanwhile", "", f"{load.brought:,}"],
        ["live chunks missing", "0", f"{lacking} of {rows:,}"],
        ["rows paid for twice", "0", f"{paid['twice']} of {paid['rows']:,}"],
        ["rows sent again under their key", "", f"{paid['replayed']:,} (in flight at a kill)"],
        ["backfill of the bare client, alone", "", figures["alone"].told()],
        ["beside the clients", ">= 90 %", figures["beside"].told()],
        ["cutover, back, cutover", "", ", ".join(f"{one:.1f} s" for one in figures["moves"])],
        ["starting again after back", "", f"{figures['again']:.1f} s"],
        ["an answer, p50, p99, longest", "", f"{p50:.0f}, {p99:.0f}, {max(load.seconds):.1f} s"],
    ]


def pure(project: Project) -> tuple[int, Counter[str]]:
    """Decisions whose column is not their release's, and how many each embedder served."""
    mixed, sides = 0, Counter()
    view = project.system.view(ENV)
    for entry in view.scan("decisions"):
        stamp = entry.value["stamp"]
        space = space_of(stamp["release"], blobs=project.system.blobs)
        mixed += stamp["space"]["embedder"] != space.embedder
        sides[space.embedder] += 1
    return mixed, sides


def complete(project: Project) -> tuple[int, int]:
    """Live chunks that the new column lacks, and how many it holds."""
    (status,) = Migrations(project.system, project.runtime).status(ENV)
    live = {entry["document"] for entry in project.documents()}
    rows, found = 0, set()
    lake = project.system.lake.chunks
    for name, pieces, _ in canonical.stored(lake, status.migration.target, documents=live):
        rows += len(texts(pieces))
        found.add(name)
    return len(live - found), rows


if __name__ == "__main__":
    main()
