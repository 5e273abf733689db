"""How fast the corpus is searched as of a cut, and how well: load, memory, latency, recall.

Chunks are synthetic: 30 to 90 index terms with about Zipf's frequencies, vectors of 256 dimensions
in clusters. Each size is made in one process and searched in another, on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import numpy as np  # noqa: E402
from table import percentiles, show  # noqa: E402

from holdfast.adapters.clock import SystemClock  # noqa: E402
from holdfast.adapters.files import FileBlobs  # noqa: E402
from holdfast.adapters.lance import LanceLake  # noqa: E402
from holdfast.adapters.memory.blobs import MemoryBlobs  # noqa: E402
from holdfast.adapters.memory.clock import SettableClock  # noqa: E402
from holdfast.adapters.memory.lake import MemoryLake  # noqa: E402
from holdfast.adapters.memory.ledger import MemoryLedger  # noqa: E402
from holdfast.adapters.sql import SqlLedger  # noqa: E402
from holdfast.adapters.wordllama import WordLlamaEmbedder  # noqa: E402
from holdfast.domain.digest import digest, digest_bytes  # noqa: E402
from holdfast.domain.document import Chunk, Space, Vectors, chunk_id  # noqa: E402
from holdfast.domain.event import Change, Event  # noqa: E402
from holdfast.domain.moment import Cut  # noqa: E402
from holdfast.store.lake.dense import nearest, similarities  # noqa: E402
from holdfast.store.lake.index import LiveRows  # noqa: E402
from holdfast.store.lake.lexical import lexical  # noqa: E402
from holdfast.store.lake.pin import Pin, fit, shortlisted  # noqa: E402
from holdfast.store.lake.search import EXACT, CorpusSearch, _fused  # noqa: E402
from holdfast.store.lake.terms import terms  # noqa: E402
from holdfast.store.ledger import timeline  # noqa: E402
from holdfast.store.ledger.timeline import Operation  # noqa: E402

SPACE = Space(preprocessing=digest("bench"), embedder=digest("synthetic"), dimensions=256)
PER_DOCUMENT = 10
PER_CHUNK = (30, 91)
VOCABULARY = 200_000
BATCH = 100
"""Documents per append and change."""
DEPTH = 20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="10k chunks only, fewer questions")
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--keep", type=Path, help="folder to keep the made corpora in")
    options.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--questions", type=int, default=500)
    given = options.parse_args()
    questions = 100 if given.quick else given.questions
    if given.measure:
        print(json.dumps(measured(given.measure, questions=questions, build=given.build)))
        return
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for size in [10_000] if given.quick else given.sizes:
            folder = (given.keep or Path(scratch)) / f"corpus-{size}"
            made = make(folder, chunks=size)
            found.append(made | measured_apart(folder, questions=questions))
    speed(found, questions=questions)
    quality(given.data)


def speed(found: list[dict[str, Any]], *, questions: int) -> None:
    names = list(dict.fromkeys(name for one in found for name in one))
    show(
        "Search as of a cut",
        inputs=f"synthetic chunks x 256, 30 to 90 terms each, {questions} questions of 6 terms, "
        f"depth {DEPTH}, one thread, warm",
        columns=("", *(f"{one['chunks']:,}" for one in found)),
        rows=[[name, *(one.get(name, "") for one in found)] for name in names if name != "chunks"],
    )


def make(folder: Path, *, chunks: int) -> dict[str, Any]:
    """Store chunks and make their documents live; what was made before is kept."""
    mark = folder / "made.json"
    if mark.is_file():
        return json.loads(mark.read_text())
    folder.mkdir(parents=True)
    lake = LanceLake(folder / "lake")
    ledger = SqlLedger.open(folder / "ledger.db", clock=SystemClock())
    ledger.fork(timeline.create("main", operation=Operation("bench", "bench")))
    appending = 0.0
    for first, (pieces, vectors) in enumerate(synthetic(chunks)):
        started = time.perf_counter()
        lake.chunks.append(pieces, vectors, space=SPACE)
        appending += time.perf_counter() - started
        documents = dict.fromkeys(piece.document for piece in pieces)
        events = tuple(
            Event("documents", f"{first}/{i}.txt", {"document": name})
            for i, name in enumerate(documents)
        )
        change = Change(ledger.heads()["main"].timeline, "ingest", events)
        (done,) = ledger.commit([change])
        assert done.tick, done
    made = {"chunks": chunks, "append, chunks/s": round(chunks / appending)}
    mark.write_text(json.dumps(made))
    return made


def synthetic(chunks: int) -> Iterator[tuple[list[Chunk], Vectors]]:
    numbers = np.random.default_rng(0)
    weights = 1 / (np.arange(VOCABULARY) + 20.0) ** 1.05
    bounds = np.cumsum(weights / weights.sum())
    codes = numbers.permutation(2**32 - 1 - np.arange(VOCABULARY, dtype=np.uint64))
    centres = centres_of(chunks)
    for first in range(0, chunks // PER_DOCUMENT, BATCH):
        names = [digest_bytes(b"%d" % (first + i)) for i in range(BATCH)]
        count = BATCH * PER_DOCUMENT
        ends = np.cumsum(numbers.integers(*PER_CHUNK, count))
        found = codes[np.searchsorted(bounds, numbers.random(ends[-1]))].tolist()
        spans = list(pairwise([0, *ends.tolist()]))
        pieces = [
            Chunk(
                id=chunk_id(name, preprocessing=SPACE.preprocessing, ordinal=ordinal),
                document=name,
                ordinal=ordinal,
                title=f"Document {first + i}",
                text=f"Chunk {ordinal} of document {first + i}. " * 12,
                terms=tuple(found[slice(*spans[i * PER_DOCUMENT + ordinal])]),
            )
            for i, name in enumerate(names)
            for ordinal in range(PER_DOCUMENT)
        ]
        near = centres[numbers.integers(0, len(centres), count)]
        yield pieces, around(near, numbers).astype(np.float16)


def centres_of(chunks: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((max(50, chunks // 300), 256), np.float32)


def around(centres: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    vectors = centres + 0.8 * numbers.standard_normal(centres.shape, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def measured_apart(folder: Path, *, questions: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", folder, "--questions", str(questions)]
    found: dict[str, Any] = {}
    for more in ([] if (folder / "index").exists() else [["--build"]]) + [[]]:
        output = subprocess.run([*command, *more], check=True, capture_output=True, text=True)
        found |= json.loads(output.stdout.splitlines()[-1])
    return found


def measured(folder: Path, *, questions: int, build: bool) -> dict[str, Any]:
    """Build the index or, in another process, search it."""
    lake = LanceLake(folder / "lake")
    ledger = SqlLedger.open(folder / "ledger.db", clock=SystemClock())
    made = {}

    def opened() -> CorpusSearch:
        search = CorpusSearch(
            chunks=lake.chunks,
            ledger=ledger,
            timelines=ledger,
            blobs=FileBlobs(folder / "blobs"),
            space=SPACE,
            folder=folder / "index",
        )
        search.refresh()
        return search

    if build:
        return {"index built, s": timed(opened)[1]}
    search, made["index loaded, s"] = timed(opened)
    head = ledger.heads()["main"].cut
    _, made["live documents read, s"] = timed(lambda: search.live(head))
    asked = list(questions_for(search, head, count=questions))
    live = search._rows(head)
    made |= latencies(live, asked, head=head, search=search)
    made["memory of the process, MB"] = round(memory())
    pin, seconds = timed(lambda: fit(live, codes=search._codes))
    if live.count > EXACT and pin is not None:
        made["codes made and tried, s"] = seconds
        made["wide shortlist"] = f"{pin.wide:.1%}"
        made |= listed(live, asked, pin=pin, search=search)
    return made


Asked = list[tuple[list[int], np.ndarray]]


def latencies(live: LiveRows, asked: Asked, *, head: Cut, search: CorpusSearch) -> dict[str, Any]:
    found = distribution("BM25", lambda t, _: lexical(live, t), asked)
    found |= distribution("vectors, exact", lambda _, v: nearest(live, v, depth=DEPTH), asked)
    found |= distribution(
        "search, exact",
        lambda t, v: _fused(live, lexical(live, t), nearest(live, v, depth=DEPTH), v, depth=DEPTH),
        asked,
    )
    cuts = [Cut(head.timeline, tick) for tick in range(head.tick - 20, head.tick)]
    found |= summary("new cut", [timed(lambda cut=cut: search._rows(cut))[1] for cut in cuts])
    rows = np.random.default_rng(3).integers(0, live.count, (100, 8)).tolist()
    takes = [timed(lambda t=t: search._chunks.take(t, space=SPACE))[1] for t in rows]
    return found | summary("take 8 chunks", takes)


def listed(live: LiveRows, asked: Asked, *, pin: Pin, search: CorpusSearch) -> dict[str, Any]:
    """Latency and recall with pinned sign codes."""
    codes = search._codes(pin)

    def near(vector: np.ndarray) -> np.ndarray:
        return shortlisted(live, vector, depth=DEPTH, codes=codes, pin=pin)

    found = distribution("vectors, shortlist", lambda _, v: near(v), asked)
    found |= distribution(
        "search, shortlist",
        lambda t, v: _fused(live, lexical(live, t), near(v), v, depth=DEPTH),
        asked,
    )
    shares = []
    for _, vector in asked[:200]:
        every, some = nearest(live, vector, depth=10), near(vector)
        top = every[np.argsort(-similarities(live, vector, places=every), kind="stable")[:10]]
        shares.append(np.isin(top, some).mean())
    return found | {"recall@10 of shortlist": f"{np.mean(shares):.4f}"}


def distribution(
    name: str, run: Callable[[list[int], np.ndarray], object], asked: Asked
) -> dict[str, float]:
    for t, v in asked[:20]:
        run(t, v)
    return summary(name, [timed(lambda t=t, v=v: run(t, v))[1] for t, v in asked])


def summary(name: str, seconds: list[float]) -> dict[str, float]:
    middle, high = percentiles(seconds)
    return {f"{name}, p50 ms": middle, f"{name}, p99 ms": high}


def questions_for(
    search: CorpusSearch, head: Cut, *, count: int
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Terms of a chunk, and a vector in its neighbourhood."""
    numbers = np.random.default_rng(2)
    live = search._rows(head)
    for row in numbers.integers(0, live.count, count).tolist():
        (chunk,) = search._chunks.take([row], space=SPACE)
        vector = live.index.vectors(np.array([row]))[0].astype(np.float32)
        noisy = vector + 0.03 * numbers.standard_normal(256, np.float32)
        asked = [int(term) for term in numbers.choice(chunk.terms, 6)]
        yield asked, noisy / np.linalg.norm(noisy)


def quality(data: Path) -> None:
    """Recall of the paragraph that answers, over XQuAD's English part."""
    path = data / "retrieval" / "xquad" / "xquad.en.json"
    if not path.is_file():
        print(f"\nno {path}: retrieval quality is not measured")
        return
    paragraphs, asked = [], []
    for article in json.loads(path.read_text())["data"]:
        for paragraph in article["paragraphs"]:
            asked += [(one["question"], len(paragraphs)) for one in paragraph["qas"]]
            paragraphs.append(paragraph["context"])
    embedder = WordLlamaEmbedder()
    search, head = small(paragraphs, embedder)
    vectors = embedder.embed([question for question, _ in asked])
    ranks: dict[str, list[int]] = {"vectors": [], "BM25": [], "fused": []}
    for (question, answer), vector in zip(asked, vectors, strict=True):
        hits = search.search(question, vector, at=head, depth=DEPTH)
        orders = {
            "vectors": sorted(hits, key=lambda hit: (-hit.similarity, hit.chunk)),
            "BM25": sorted(hits, key=lambda hit: (-hit.lexical, hit.chunk)),
            "fused": hits,
        }
        for name, order in orders.items():
            found = [hit.row for hit in order]
            ranks[name].append(found.index(answer) if answer in found else len(paragraphs))
    show(
        "Retrieval quality",
        inputs=f"XQuAD (en): {len(asked):,} questions over {len(paragraphs)} paragraphs",
        columns=("ranking", "recall@1", "recall@5", "recall@10"),
        rows=[
            [name, *(f"{np.mean(np.array(found) < k):.3f}" for k in (1, 5, 10))]
            for name, found in ranks.items()
        ],
    )


def small(paragraphs: list[str], embedder: WordLlamaEmbedder) -> tuple[CorpusSearch, Cut]:
    """A corpus in memory: a document of one chunk per paragraph, rows in their order."""
    space = Space(digest("whole"), digest(embedder.identity), embedder.dimensions)
    lake, ledger = MemoryLake(), MemoryLedger(clock=SettableClock())
    ledger.fork(timeline.create("main", operation=Operation("bench", "bench")))
    names = [digest_bytes(text.encode()) for text in paragraphs]
    chunks = [
        Chunk(
            id=chunk_id(name, preprocessing=space.preprocessing, ordinal=0),
            document=name,
            ordinal=0,
            title="",
            text=text,
            terms=tuple(terms(text)),
        )
        for name, text in zip(names, paragraphs, strict=True)
    ]
    lake.chunks.append(chunks, embedder.embed(paragraphs).astype(np.float16), space=space)
    events = tuple(Event("documents", name, {"document": name}) for name in names)
    ledger.commit([Change(ledger.heads()["main"].timeline, "ingest", events)])
    search = CorpusSearch(
        chunks=lake.chunks,
        ledger=ledger,
        timelines=ledger,
        blobs=MemoryBlobs(),
        space=space,
        folder=None,
    )
    return search, ledger.heads()["main"].cut


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = call()
    return result, time.perf_counter() - started


def memory() -> float:
    """Resident memory in MB, files that are mapped included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
