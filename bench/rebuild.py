"""A real documentation site made again from its sources: the recorded digests, bit for bit.

The FastAPI documentation comes in, and digests of what is stored are taken. Then chunks, vectors
and the index are made again in this process and in processes of their own with other numbers of
threads, and from the same files in another project, where they came in one by one from the last
to the first. Every digest must be the same. At last one bit of one stored vector is flipped, and
both ``verify`` and ``rebuild`` must name the document.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from table import show

from holdfast.bootstrap import init_project, open_project
from holdfast.operations.verify.rebuild import Rebuilt, rebuild
from holdfast.operations.verify.verify import verify
from holdfast.project import Project

SITE = "docs_fastapi/0.115.0"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="one other process")
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = options.parse_args()
    site = given.data / SITE
    if not site.is_dir():
        print(f"nothing is measured: {site} is not there; give --data DIR")
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-rebuild-") as scratch:
        rows = story(Path(scratch), site, threads=(3,) if given.quick else (1, 2, 7, 16))
    show(
        f"Rebuilding {SITE}",
        inputs="embedded embedder, defaults of a new project",
        columns=("step", "seconds", "corpus", "chunks", "vectors", "index", "all as recorded"),
        rows=rows,
    )


def story(scratch: Path, site: Path, *, threads: tuple[int, ...]) -> list[list[object]]:
    with init_project(scratch / "site") as project:
        started = time.perf_counter()
        came = project.ingest(site)
        project.deploy()
        seconds = time.perf_counter() - started
        recorded = rebuild(project.system, project.environment)
        rows = [line(f"ingest {len(came.added)} documents", seconds, recorded, recorded=True)]
    wanted = {part.part: part.recorded for part in recorded.compared}
    for count in threads:
        started = time.perf_counter()
        said = elsewhere(scratch / "site", count)
        seconds = time.perf_counter() - started
        made = {part["part"]: part["rebuilt"] for part in said["compared"]}
        rows.append(
            [f"another process, {count} threads", seconds, *shortened(made), made == wanted]
        )
        assert made == wanted, "a digest differs"
        assert said["identical"]
    with init_project(scratch / "other") as other:
        started = time.perf_counter()
        one_by_one(other, site, keep=came.added)
        other.deploy()
        again = rebuild(other.system, other.environment)
        rows.append(line("other project, last to first", time.perf_counter() - started, again))
        assert {part.part: part.recorded for part in again.compared} == wanted
    rows.append(flipped(scratch / "site"))
    return rows


def elsewhere(root: Path, threads: int) -> Any:
    """``holdfast rebuild`` in a process whose libraries use so many threads too."""
    names = ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LANCE_CPU_THREADS")
    told = os.environ | dict.fromkeys(names, str(threads)) | {"TOKENIZERS_PARALLELISM": "true"}
    holdfast = Path(sys.executable).with_name("holdfast")
    words = [str(holdfast), "-C", str(root), "rebuild", "--threads", str(threads), "--json"]
    done = subprocess.run(words, env=told, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def one_by_one(project: Project, site: Path, *, keep: tuple[str, ...]) -> None:
    """The same corpus, by another way: a few files at a time, from the last to the first."""
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(keep), 20):
            part = Path(folder) / str(start)
            for path in sorted(keep, reverse=True)[start : start + 20]:
                target = part / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(site / path, target)
            project.ingest(part)


def flipped(root: Path) -> list[object]:
    """Flip one bit of one stored vector; both commands must name its document."""
    with open_project(root) as project:
        (space,) = project.system.lake.spaces.known()
        columns = next(project.system.lake.chunks.columns(space))
        data, name = columns.vectors[7].tobytes(), columns.documents[7].tobytes().hex()
    for file in (root / ".holdfast").glob("lake/chunks-*/data/*.lance"):
        held = file.read_bytes()
        at = held.find(data)
        if at >= 0:
            file.write_bytes(held[: at + 3] + bytes([held[at + 3] ^ 1]) + held[at + 4 :])
    started = time.perf_counter()
    with open_project(root) as project:
        named = {damage.name for damage in verify(project.system).damage}
        paths = [p for p, _ in rebuild(project.system, project.environment).differing]
        (path,) = [d["path"] for d in project.documents() if d["document"] == name]
    assert named == {name}, named
    assert paths == [path], paths
    step = "one bit of a vector flipped"
    return [step, time.perf_counter() - started, "same", "same", "differs", "differs", path]


def line(step: str, seconds: float, done: Rebuilt, *, recorded: bool = False) -> list[object]:
    parts = {part.part: part.recorded if recorded else part.rebuilt for part in done.compared}
    assert done.identical, done.differing
    return [step, seconds, *shortened(parts), done.identical]


def shortened(parts: dict[str, str]) -> list[str]:
    return [digest[:10] for digest in parts.values()]


if __name__ == "__main__":
    main()
