"""A real documentation site, from one release to another and back again.

The FastAPI documentation of 2021 comes in and answers ten questions; that moment gets a name.
``--sync`` brings in the documentation of five years later, and the ten are asked again. The two
moments are compared, everything is taken back, and the ten are asked a third time: answers,
passages, prompts and stamps must be those of the first time. At last every decision ever made is
replayed, those of the timeline that was left too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from table import show

from holdfast.bootstrap import init_project
from holdfast.domain.decision import Decision
from holdfast.pipeline.question import Question
from holdfast.project import Project

Made = TypeVar("Made")
BEFORE, AFTER = "0.70.0", "0.141.1"
QUESTIONS = (
    "How do I declare an optional query parameter?",
    "How can I upload a file?",
    "How do I return a custom HTTP status code?",
    "What is the difference between def and async def path operation functions?",
    "How do I enable CORS?",
    "How can I run a task in the background after returning a response?",
    "How do I declare dependencies with yield?",
    "How do I hash passwords?",
    "How do I test a FastAPI application?",
    "How do I serve static files?",
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="four questions")
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--answers", action="store_true", help="print the answers")
    given = options.parse_args()
    folder = given.data / "docs_fastapi"
    lacking = [str(folder / name) for name in (BEFORE, AFTER) if not (folder / name).is_dir()]
    if lacking:
        print(f"nothing is measured: {', '.join(lacking)} is not there; give --data DIR")
        return
    questions = QUESTIONS[:4] if given.quick else QUESTIONS
    with (
        tempfile.TemporaryDirectory(prefix="holdfast-docs-") as scratch,
        init_project(Path(scratch) / "docs") as project,
    ):
        story(project, folder, questions=questions, answers=given.answers)


def story(project: Project, folder: Path, *, questions: tuple[str, ...], answers: bool) -> None:
    """Tell it step by step; stops where something is not as it was."""
    rows: list[list[object]] = []
    count = len(questions)

    came = timed(rows, f"ingest {BEFORE}", lambda: project.ingest(folder / BEFORE))
    said(rows, f"{len(came.added)} documents, {came.chunks} chunks")
    assert not came.quarantined
    release = timed(rows, "deploy", lambda: project.deploy(reason="the first documentation"))
    said(rows, release.release[:12])
    first = asked(rows, f"ask {count} on {BEFORE}", project, questions)
    named = timed(rows, "snapshot", lambda: project.snapshot("launch"))
    said(rows, f"{named.name} at {named.cut}")

    went = timed(rows, f"--sync {AFTER}", lambda: project.ingest(folder / AFTER, sync=True))
    changed = {
        "added": len(went.added),
        "changed": len(went.changed),
        "removed": len(went.removed),
    }
    said(rows, f"{counted(changed)}, {went.chunks} chunks")
    then = asked(rows, f"ask {count} on {AFTER}", project, questions)
    difference = timed(rows, "diff launch head", lambda: project.diff("launch", "head"))
    kinds = dict(sorted(Counter(document.kind for document in difference.documents).items()))
    said(rows, counted(kinds))
    assert kinds == changed

    back = timed(rows, "rollback launch", lambda: project.rollback("launch", reason="as it was"))
    said(rows, f"{back.before} to {back.to}, goes on as {back.after}")
    assert project.diff("launch", "head").documents == ()
    again = asked(rows, f"ask {count} again", project, questions)
    anew = asked(rows, f"ask {count} without cache", project, questions, cache=False)
    for name, decisions in (("again", again), ("without cache", anew)):
        same = sum(told(one) == told(two) for one, two in zip(first, decisions, strict=True))
        rows.append([f"same {name}", "", f"{same} of {count}"])
        assert same == count, f"an answer is not what it was: {name}"
    other = sum(one.answer != two.answer for one, two in zip(first, then, strict=True))
    rows.append([f"other on {AFTER}", "", f"{other} of {count}"])

    every = (*first, *then, *again, *anew)
    replays = timed(rows, "replay all", lambda: [project.replay(made.id) for made in every])
    identical = sum(replay.identical and replay.complete for replay in replays)
    said(rows, f"{identical} of {len(replays)} identical and complete")
    assert identical == len(replays), "a replay differs"
    show(
        f"FastAPI's documentation from {BEFORE} to {AFTER} and back",
        inputs="embedded embedder and generator, defaults of a new project",
        columns=("step", "seconds", "what"),
        rows=rows,
    )
    if answers:
        tell(project, first, then)


def timed(rows: list[list[object]], name: str, act: Callable[[], Made]) -> Made:
    started = time.perf_counter()
    made = act()
    rows.append([name, time.perf_counter() - started, ""])
    return made


def said(rows: list[list[object]], what: str) -> None:
    rows[-1][2] = what


def counted(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items())


def asked(
    rows: list[list[object]],
    name: str,
    project: Project,
    questions: tuple[str, ...],
    *,
    cache: bool = True,
) -> list[Decision]:
    environment = project.environment
    wanted = [Question(text, environment, cache=cache) for text in questions]
    decisions = timed(rows, name, lambda: [project.decide(question) for question in wanted])
    cached = sum(decision.stamp.cache is not None for decision in decisions)
    said(rows, f"{cached} from the cache")
    return decisions


def told(decision: Decision) -> tuple[object, ...]:
    """What must not differ: answer, passages with their scores, prompts, stamp."""
    stamp = decision.stamp
    hits = [(hit.chunk, hit.score) for hit in stamp.hits]
    prompts = [(step.rendered, step.output) for step in stamp.prompts]
    return decision.answer, hits, prompts, stamp.behaviour()


def tell(project: Project, *asked: list[Decision]) -> None:
    for decisions in zip(*asked, strict=True):
        print(f"\n{decisions[0].question}")
        for decision in decisions:
            sources = project.sources(decision)
            print(f"- {decision.answer}\n  ({sources[0].path if sources else 'no source'})")


if __name__ == "__main__":
    main()
