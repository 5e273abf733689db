"""How well the embedded judge tells supported claims, how fast, and how large it is.

Baselines are measured in the same run, and given the best threshold in hindsight; the judge has
0.5. The judge's reader never saw these sets, but the few weights that mix it with words were fitted
on them: docs/judge.md has the figures for sets and documents that they were not fitted on.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz.distance import LCSseq
from table import percentiles, show

from holdfast.adapters.onnx import OnnxReader
from holdfast.adapters.onnx.reader import FOLDER
from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.evaluation.entailment.judge import Judge, held
from holdfast.evaluation.scorers.align import document
from holdfast.evaluation.scorers.overlap import Overlap, Pair
from holdfast.evaluation.scorers.words import words
from holdfast.statistics.calibration import calibration
from holdfast.statistics.discrimination import auroc, choose_threshold, confusion

Told = tuple[Pair, bool]
FEW = 60


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help=f"{FEW} texts of each set")
    options.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="another set: JSON lines of document, claim and label (1 is supported)",
    )
    given = options.parse_args()
    judge = Judge(OnnxReader())
    rows = []
    sets = list(read(given.data / "grounding", given.set))
    for name, told in sets:
        step = max(1, len(told) // FEW) if given.quick else 1
        rows += compare(name, told[::step], judge=judge)
    if rows:
        show(
            "Grounding",
            inputs="a text counts as supported as its least supported sentence",
            columns=("set", "texts", "by", "AUROC", "balanced accuracy", "calibration error"),
            rows=rows,
        )
    speed(judge, sets)


def read(folder: Path, more: Sequence[str]) -> Iterator[tuple[str, list[Told]]]:
    """Every set that is there; says which are not."""
    for name, kind in (("WiCE", wice), ("BEGIN", begin), ("SummEdits", summedits)):
        own = folder / f"{name.lower()}_dev"
        if own.is_dir():
            yield f"{name} dev", list(kind(own))
        else:
            print(f"no {own}: {name} is not measured; give --data DIR")
    for one in more:
        name, _, file = one.partition("=")
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        yield (
            name,
            [
                (Pair(row["claim"], row["document"]), bool(row["label"]))
                for row in map(json.loads, lines)
            ],
        )


def wice(folder: Path) -> Iterator[Told]:
    text = (folder / "oracle_chunks_claim_dev.jsonl").read_text(encoding="utf-8")
    for row in map(json.loads, text.splitlines()):
        yield Pair(row["claim"], "\n\n".join(row["evidence"])), row["label"] == "supported"


def begin(folder: Path) -> Iterator[Told]:
    with (folder / "begin_dev_wow.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield (
                Pair(row["response"], row["knowledge"]),
                row["begin_label"] == "Fully attributable",
            )


def summedits(folder: Path) -> Iterator[Told]:
    for file in sorted(folder.glob("summedits_*.json")):
        for row in json.loads(file.read_text(encoding="utf-8")):
            yield Pair(row["summary"], row["doc"]), row["label"] == 1


def compare(name: str, told: Sequence[Told], *, judge: Judge) -> list[list[object]]:
    pairs, truth = [pair for pair, _ in told], np.array([label for _, label in told])
    judged = np.array(judge(pairs))
    overlap = np.array(Overlap()(pairs))
    meaning = np.array(Overlap(WordLlamaEmbedder())(pairs))
    longest = np.array([_rouge(pair) for pair in pairs])
    table = confusion(truth, judged >= 0.5).balanced_accuracy
    rows: list[list[object]] = [
        [
            name, len(told), "judge", f"{auroc(judged, truth).estimate:.3f}",
            f"{table.estimate:.3f} ({table.low:.3f} to {table.high:.3f})",
            f"{calibration(judged, truth).error:.3f}",
        ]
    ]  # fmt: skip
    for title, found in (
        ("words", overlap), ("words and embeddings", meaning), ("ROUGE-L precision", longest),
    ):  # fmt: skip
        best = choose_threshold(found, truth).confusion.balanced_accuracy.estimate
        rows.append(["", "", title, f"{auroc(found, truth).estimate:.3f}", f"{best:.3f}", ""])
    return rows


def _rouge(pair: Pair) -> float:
    """ROUGE-L's precision: the share of a claim that its evidence has in the same order."""
    said = words(pair.claim)
    return LCSseq.similarity(said, words(pair.evidence)) / max(len(said), 1)


def speed(judge: Judge, sets: Sequence[tuple[str, list[Told]]]) -> None:
    """Milliseconds for a claim beside its evidence, one at a time on one core."""
    pairs = [
        Pair(claim, held(claim, pair.evidence))
        for _, told in sets
        for pair, _ in told[:FEW]
        for claim in document(pair.claim).pieces[:1]
    ] or [Pair("Shoes can be returned within 30 days.", "Shoes can be returned. " * 15)]
    judge(pairs[:3])
    times, cpu = [], []
    for pair in pairs:
        begun, used = time.perf_counter(), time.thread_time()
        judge([pair])
        times.append(time.perf_counter() - begun)
        cpu.append(time.thread_time() - used)
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    show(
        "The judge",
        inputs=f"{len(pairs)} claims with up to 64 words of evidence, one thread",
        columns=("a pair", "p50 ms", "p99 ms"),
        rows=[
            ["elapsed", *percentiles(times)],
            ["processor time", *percentiles(cpu)],
            [f"{size / 1e6:.1f} MB of weights and tokenizer", "", ""],
        ],
    )


if __name__ == "__main__":
    main()
