"""Which passages of a real documentation are said to contradict each other, and which do.

Sections of the FastAPI documentation are written again with one phrase changed, so that they
contradict it or say the same in other words; then two of its versions stand side by side. What is
reported beyond the made contradictions was labelled by hand.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from table import show

from holdfast.adapters.onnx import OnnxReader
from holdfast.bootstrap import init_project
from holdfast.domain.digest import JsonObject
from holdfast.evaluation.entailment.judge import Judge
from holdfast.evaluation.scorers.overlap import Pair
from holdfast.observation.drift.collision import Collision, collisions, plain
from holdfast.observation.drift.corpus import Piece
from holdfast.operations.watch.corpus import side_of
from holdfast.statistics.require import Floats

VERSIONS = ("0.70.0", "0.115.0", "0.141.1")
NOTES = "notes"
Told = Sequence[Collision]
TRUE = (('algorithm is "Bcrypt"', 'algorithm is "Argon2"'),)
"""Parts of two sentences of the documentation itself that do contradict each other."""


@dataclass(frozen=True)
class Edit:
    """A phrase of a document, another for it, and whether both cannot hold."""

    path: str
    before: str
    after: str
    contradicts: bool
    part: str
    """``chosen``: thresholds were chosen on it; ``held``: they were not."""


def edits() -> tuple[Edit, ...]:
    """Those of ``collisions.tsv``, labelled by reading both sentences where they stand."""
    file = Path(__file__).parent / "collisions.tsv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(
        Edit(row["path"], row["before"], row["after"], row["says"] == "otherwise", row["set"])
        for row in rows
    )


EDITS = edits()


@dataclass(frozen=True)
class Never:
    """Backs nothing, so that only the rules on words decide."""

    @property
    def identity(self) -> JsonObject:
        return {"kind": "never"}

    def __call__(self, pairs: Sequence[Pair]) -> list[float]:
        return [0.0] * len(pairs)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help="the made contradictions alone")
    options.add_argument("--show", action="store_true", help="print what is reported")
    given = options.parse_args()
    folder = given.data / "docs_fastapi"
    if not all((folder / version).is_dir() for version in VERSIONS):
        print(f"nothing is measured: {folder} is not there; give --data DIR")
        return
    ways = {"words alone": Never(), "and the judge": Judge(OnnxReader())}
    rows = []
    for name, fill in places(folder, quick=given.quick).items():
        pieces, vectors = indexed(fill)
        for way, support in ways.items():
            begun = time.process_time()
            told = collisions(pieces, vectors=vectors, support=support, most=10_000)
            spent = time.process_time() - begun
            rows.append(
                [name, len(pieces), way, *counted(told, part=name.partition(", ")[2]), spent]
            )
            for one in told if given.show and support is not ways["words alone"] else ():
                print(f"{one.kind} {one.support:.2f} {'true' if true(one) else 'FALSE'}")
                print(f"  {one.paths[0]}: {one.sentences[0]}\n  {one.paths[1]}: {one.sentences[1]}")
    made = [sum(edit.contradicts == wrong for edit in EDITS) for wrong in (True, False)]
    show(
        "Colliding passages",
        inputs=f"FastAPI's documentation; {made[0]} sections that contradict it by one phrase, "
        f"{made[1]} that say the same; thresholds were chosen on 56 of them",
        columns=("documents", "passages", "by", "reported", "true", "precision %", "recall %", "s"),
        rows=rows,
    )


def places(folder: Path, *, quick: bool) -> dict[str, Callable[[Path], None]]:
    """What fills a folder of documents, by name."""
    old, new, newest = VERSIONS

    def noted(into: Path, part: str) -> None:
        shutil.copytree(folder / new, into / "docs")
        for number, edit in enumerate(EDITS):
            if edit.part != part:
                continue
            text = section((folder / new / edit.path).read_text(encoding="utf-8"), edit.before)
            note = into / NOTES / f"{number}.md"
            note.parent.mkdir(exist_ok=True)
            note.write_text(text.replace(edit.before, edit.after), encoding="utf-8")

    def beside(first: str, second: str) -> Callable[[Path], None]:
        def fill(into: Path) -> None:
            for version in (first, second):
                shutil.copytree(folder / version, into / version)
                (into / version / "release-notes.md").unlink(missing_ok=True)

        return fill

    found: dict[str, Callable[[Path], None]] = {
        f"{new} and {NOTES}, {part}": partial(noted, part=part) for part in ("chosen", "held")
    }
    if not quick:
        found |= {f"{a} and {b}": beside(a, b) for a, b in ((old, new), (new, newest))}
    return found


def section(text: str, fragment: str) -> str:
    """The part under one heading that has a fragment, with the heading."""
    parts = re.split(r"(?m)^(?=#{1,4} )", text)
    return next(part for part in parts if fragment in part)


def indexed(fill: Callable[[Path], None]) -> tuple[list[Piece], Floats]:
    with (
        tempfile.TemporaryDirectory(prefix="holdfast-collide-") as scratch,
        init_project(Path(scratch) / "project") as project,
    ):
        documents = Path(scratch) / "documents"
        documents.mkdir()
        fill(documents)
        project.ingest(documents, sync=True)
        project.deploy(reason="the documentation")
        side = side_of(project.system, "head", environment="production")
        return side.pieces, side.vectors


def true(one: Collision) -> bool:
    """By the made edits, then by the labels."""
    said = [" ".join(sentence.split()) for sentence in one.sentences]
    for edit in EDITS:
        before, after = plain(edit.before), plain(edit.after)
        if (before in said[0] and after in said[1]) or (before in said[1] and after in said[0]):
            return edit.contradicts
    return any((a in said[0] and b in said[1]) or (a in said[1] and b in said[0]) for a, b in TRUE)


def counted(told: Told, *, part: str) -> list[object]:
    """Reported, true, precision, and of a part's made contradictions the share that is found."""
    right = [one for one in told if true(one)]
    precision = f"{100 * len(right) / len(told):.0f}" if told else "-"
    wrong = [edit for edit in EDITS if edit.contradicts and edit.part == part]
    found = [
        edit
        for edit in wrong
        if any(plain(edit.after) in sentence for one in right for sentence in one.sentences)
    ]
    recall = f"{100 * len(found) / len(wrong):.0f}" if wrong else "-"
    return [len(told), len(right), precision, recall]


if __name__ == "__main__":
    main()
