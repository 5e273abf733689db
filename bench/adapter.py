"""What an adapter keeps while an old embedder is gone: for passages, for questions, for answers.

XQuAD's paragraphs and the FastAPI documentation are embedded by 256 dimensions, and anew by fewer,
which is a loss that no map mends. The map is learned and measured as ``holdfast migrate --adapter``
does it; then XQuAD's questions go through it, which no map was learned from.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from retrieval import DEPTH, read
from table import show

from holdfast.bootstrap import init_project
from holdfast.operations.build import space_of, target_of
from holdfast.operations.migrate import adapt
from holdfast.operations.migrate.adapt import Pairs, Recall
from holdfast.operations.migrate.migrations import Migrations
from holdfast.operations.migrate.plan import live_documents
from holdfast.pipeline.adapter import packed
from holdfast.project import Project
from holdfast.statistics.interval import wilson
from holdfast.statistics.procrustes import procrustes
from holdfast.store.releases import catalog

ENV = "production"
LENGTHS = (128, 64)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help="every tenth question, one length")
    given = options.parse_args()
    xquad = given.data / "retrieval" / "xquad" / "xquad.en.json"
    pages = given.data / "docs_fastapi" / "0.141.1"
    if not (xquad.is_file() and pages.is_dir()):
        print(f"{xquad} or {pages} is not there; give --data DIR with both")
        return
    paragraphs, asked = read(xquad)
    asked = asked[:: 10 if given.quick else 1]
    lengths = LENGTHS[: 1 if given.quick else 2]
    with (
        tempfile.TemporaryDirectory() as scratch,
        init_project(Path(scratch) / "shop") as project,
    ):
        for place, text in enumerate(paragraphs):
            (project.root / "documents" / f"{place}.md").write_text(text, encoding="utf-8")
        project.ingest()
        project.ingest(pages)
        project.deploy(reason="bench")
        rows = [row(project, asked, length=length) for length in lengths]
    show(
        "Through an adapter",
        inputs=f"XQuAD (en) and the documentation of FastAPI, {len(asked):,} questions",
        columns=(
            "new length",
            "pairs",
            "of ten nearest, passages",
            "of ten nearest, questions",
            "paragraph found, old embedder",
            "through the adapter",
        ),
        rows=rows,
    )


def row(project: Project, asked: list[tuple[str, int]], *, length: int) -> list[object]:
    """Migrate to a length, measure, and leave the migration."""
    system, room = project.system, Migrations(project.system, project.runtime)
    migration = room.start(ENV, [f"embedder.dimensions={length}"])
    view = system.view(ENV)
    live = live_documents(view)
    names = adapt.sample(system, view, space=migration.source)
    room.backfill(ENV)
    learning, held = adapt.split(adapt.pairs(system, migration, documents=names))
    data = packed(procrustes(learning.new, learning.old))

    def kept(some: Pairs) -> Recall:
        there = adapt.turned(some.new, data)
        return adapt.measured(system, migration.source, held=some, turned=there, live=live)

    texts = [text for text, _ in asked]
    old, new = (
        target_of(space, system=system).embedder.embed(texts)
        for space in (migration.source, migration.target)
    )
    questions = Pairs(
        np.array([number.to_bytes(32) for number in range(len(texts))], "V32"),
        np.full(len(texts), -1, np.int64),
        old,
        new,
    )
    found = [kept(held), kept(questions)]
    hits = [answered(project, asked, vectors) for vectors in (old, adapt.turned(new, data))]
    room.back(ENV)
    return [
        length,
        f"{len(learning.rows):,}",
        *(share(r.mean, r.low, r.high) for r in found),
        *hits,
    ]


def answered(project: Project, asked: list[tuple[str, int]], vectors: np.ndarray) -> str:
    """How many questions find their paragraph among the ten best documents, as served."""
    view = project.system.view(ENV)
    paragraphs = {e.key: e.value["document"] for e in view.scan("documents")}
    release = catalog.deployed(view, environment=ENV)
    search = project.system.search(space_of(release, blobs=project.system.blobs))
    good = 0
    for (text, place), vector in zip(asked, vectors, strict=True):
        hits = search.search(text, vector, at=view.cut, depth=3 * DEPTH)
        order = list(dict.fromkeys(hit.document for hit in hits))[:DEPTH]
        good += paragraphs[f"{place}.md"] in order
    limits = wilson(good, len(asked))
    return share(limits.estimate, limits.low, limits.high)


def share(mean: float, low: float, high: float) -> str:
    return f"{mean:.1%} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    main()
