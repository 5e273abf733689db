"""Make a project of a given size with synthetic chunks and events, for benchmarks.

Everything goes through the ports that the product uses; only loading, chunking and embedding are
left out, whose speed ``ingest.py`` measures.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import numpy as np

from holdfast.bootstrap import init_project
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Chunk, Document, chunk_id
from holdfast.domain.event import Change, Event
from holdfast.operations.build import build, target
from holdfast.operations.ingest import intake_for
from holdfast.operations.pin import pin
from holdfast.operations.system import System
from holdfast.pipeline.ingest import Intake, Plan, make_live
from holdfast.project import Project
from holdfast.store.lake.terms import terms

PER_DOCUMENT = 10
WORDS = 60
VOCABULARY = 20_000
BATCH = 400
"""Documents per change."""
FILLER = 1000
"""Events per filler change."""


def made(folder: Path, *, chunks: int, events: int) -> Project:
    """The project in ``folder``; made anew unless one of this size is there already."""
    from holdfast.bootstrap import open_project

    mark = folder / "made.json"
    size = {"chunks": chunks, "events": events}
    if mark.is_file() and json.loads(mark.read_text()) == size:
        return open_project(folder)
    project = init_project(folder)
    system = project._system
    started = time.perf_counter()
    project.ingest()
    project.deploy(reason="benchmark")
    counted = _documents(system, chunks=chunks)
    _events(system, count=events - counted)
    pin(system, intake_for(system, project.environment))
    mark.write_text(json.dumps(size))
    print(f"made {size} in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return project


def words(generator: random.Random, count: int) -> list[str]:
    """Words with about Zipf's frequencies."""
    return [f"w{int(VOCABULARY ** generator.random())}" for _ in range(count)]


def _documents(system: System, *, chunks: int) -> int:
    generator = random.Random(0)
    numbers = np.random.default_rng(0)
    space = target(build(system), system=system).space
    centres = numbers.standard_normal((500, space.dimensions)).astype(np.float32)
    intake = intake_for(system, system.settings.project.environment)
    events = 0
    for first in range(0, chunks // PER_DOCUMENT, BATCH):
        names = range(first, min(first + BATCH, chunks // PER_DOCUMENT))
        sources, pieces = [], []
        for number in names:
            source = f"document {number}".encode()
            sources.append(Document(digest_bytes(source), "text/plain", source))
            for ordinal in range(PER_DOCUMENT):
                text = " ".join(words(generator, WORDS))
                name = chunk_id(
                    sources[-1].digest, preprocessing=space.preprocessing, ordinal=ordinal
                )
                found = tuple(int(term) for term in terms(text))
                pieces.append(Chunk(name, sources[-1].digest, ordinal, f"D{number}", text, found))
        near = centres[numbers.integers(0, len(centres), len(pieces))]
        vectors = near + 0.7 * numbers.standard_normal(near.shape).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        system.lake.documents.put(sources)
        system.lake.chunks.append(pieces, vectors.astype(np.float16), space=space)
        events += _make_live(sources, names, intake=intake)
        print(f"\r{names.stop * PER_DOCUMENT:,} chunks", end="", file=sys.stderr)
    print(file=sys.stderr)
    return events


def _make_live(sources: list[Document], names: range, *, intake: Intake) -> int:
    live = [
        Event(
            "documents",
            f"made/{number}.txt",
            {"document": source.digest, "media_type": "text/plain", "title": "", "bytes": 16},
        )
        for number, source in zip(names, sources, strict=True)
    ]
    make_live(lambda _: Plan(tuple(live)), operation="ingest", intake=intake)
    return len(live) + 1


def _events(system: System, *, count: int) -> None:
    """Memory, feedback and cache entries as months of use leave them."""
    timeline = system.head(system.settings.project.environment).timeline
    stores = ("memory", "cache", "feedback")
    value = {"question": "what?", "answer": "that", "verdict": "up", "correction": ""}
    for first in range(0, max(count, 0), FILLER):
        numbers = range(first, min(first + FILLER, count))
        events = tuple(Event(stores[n % 3], f"made-{n}/{n}", value) for n in numbers)
        system.append.append(Change(timeline, "filler", events))
