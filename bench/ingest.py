"""How fast documents come in, end to end: read, queue, load, chunk, embed, store, make live."""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from made import words
from table import show

from holdfast.bootstrap import init_project


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="200 documents, one run")
    options.add_argument("--documents", type=int, default=2_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = options.parse_args()
    documents, runs = (200, 1) if given.quick else (given.documents, given.runs)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        synthetic(source, documents)
        rows.append(measure(source, Path(scratch), runs=runs, name=f"{documents} made documents"))
        real = given.data / "docs_fastapi" / "0.141.1"
        if real.is_dir():
            rows.append(measure(real, Path(scratch), runs=runs, name="docs_fastapi 0.141.1"))
        else:
            print(f"{real} is not there: only made documents are measured")
    show(
        "Ingest, end to end",
        inputs=f"Markdown files, chunks of at most 800 characters, median of {runs} runs; "
        "'again' is a second ingest of the same folder",
        columns=("source", "documents", "chunks", "seconds", "chunks/s", "again s"),
        rows=rows,
    )


def synthetic(folder: Path, documents: int) -> None:
    generator = random.Random(3)
    folder.mkdir()
    for number in range(documents):
        paragraphs = [" ".join(words(generator, 90)).capitalize() + "." for _ in range(10)]
        text = f"# Document {number}\n\n" + "\n\n".join(paragraphs)
        (folder / f"{number:05}.md").write_text(text)


def measure(source: Path, scratch: Path, *, runs: int, name: str) -> list[object]:
    seconds, again, done = [], [], None
    for run in range(runs):
        with init_project(scratch / f"{source.name}-{run}") as project:
            project.warm()
            started = time.perf_counter()
            done = project.ingest(source)
            seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
            assert project.ingest(source).chunks == 0
            again.append(time.perf_counter() - started)
    middle = statistics.median(seconds)
    return [
        name,
        len(done.added),
        done.chunks,
        middle,
        done.chunks / middle,
        statistics.median(again),
    ]


if __name__ == "__main__":
    main()
