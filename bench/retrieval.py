"""How often a project finds the document that answers: XQuAD through ingestion and search.

Each paragraph is a document of its own, cut, indexed and searched as any project does it, with
default settings. ``bench/search.py`` compares the rankings that are fused here.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from table import percentiles, show

from holdfast.bootstrap import init_project
from holdfast.statistics.interval import wilson

DEPTH = 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help="every tenth question")
    given = options.parse_args()
    file = given.data / "retrieval" / "xquad" / "xquad.en.json"
    if not file.is_file():
        print(f"{file} is not there; give --data DIR with retrieval/xquad (CC BY-SA 4.0)")
        return
    paragraphs, asked = read(file)
    asked = asked[:: 10 if given.quick else 1]
    with tempfile.TemporaryDirectory() as scratch:
        ranks, times = found(Path(scratch) / "xquad", paragraphs, asked)
    rows = []
    for k in (1, 5, 10):
        share = wilson(sum(rank < k for rank in ranks), len(ranks))
        rows.append([f"recall@{k}", f"{share.estimate:.4f} ({share.low:.3f} to {share.high:.3f})"])
    rows.append(["MRR@10", f"{sum(1 / (1 + r) for r in ranks if r < DEPTH) / len(ranks):.4f}"])
    rows.append(["ms a question, p50 and p99", "{:.1f}, {:.1f}".format(*percentiles(times))])
    show(
        "Retrieval",
        inputs=f"XQuAD (en): {len(asked):,} questions over {len(paragraphs)} documents",
        columns=("what", "value"),
        rows=rows,
    )


def read(file: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """The paragraphs, and each question with the place of the one that answers it."""
    paragraphs: list[str] = []
    asked: list[tuple[str, int]] = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            asked += [(one["question"], len(paragraphs)) for one in paragraph["qas"]]
            paragraphs.append(paragraph["context"])
    return paragraphs, asked


def found(
    folder: Path, paragraphs: list[str], asked: list[tuple[str, int]]
) -> tuple[list[int], list[float]]:
    """The rank of the right document for each question, and the seconds that it took."""
    ranks, times = [], []
    with init_project(folder) as project:
        for old in (folder / "documents").iterdir():
            old.unlink()
        for place, text in enumerate(paragraphs):
            (folder / "documents" / f"{place}.md").write_text(text, encoding="utf-8")
        project.ingest()
        project.deploy(reason="bench")
        for question, place in asked:
            begun = time.perf_counter()
            passages = project.retrieve(question, limit=3 * DEPTH).passages
            times.append(time.perf_counter() - begun)
            # A document counts where its first passage stands.
            order = list(dict.fromkeys(passage.path for passage in passages))
            path = f"{place}.md"
            ranks.append(order.index(path) if path in order else len(paragraphs))
    return ranks, times


if __name__ == "__main__":
    main()
