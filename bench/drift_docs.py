"""Four versions of a real documentation: what moved, and which fixed questions that touches."""

from __future__ import annotations

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path

from table import show

from holdfast.bootstrap import init_project
from holdfast.operations.watch.churn import churn

VERSIONS = ("0.70.0", "0.100.0", "0.115.0", "0.141.1")
TOPICS = """
declare an optional query parameter; upload a file; return a custom status code; use async def;
enable CORS; run a background task; declare dependencies with yield; hash passwords; test an
application; serve static files; validate a path parameter; set a response model; read a header;
read a cookie; declare a request body; nest models; use form data; raise an HTTP error; write
middleware; include a router; mount a sub-application; use websockets; handle startup events;
use templates; connect to a SQL database; deploy with Docker; run several workers; behind a proxy;
use OAuth2 with JWT; get the current user; add metadata to the docs; change the docs address;
extend OpenAPI; return a file; stream a response; redirect a client; use dataclasses; override a
dependency in tests; use settings from the environment; use GraphQL; generate a client; validate
strings with a pattern; limit a number; exclude unset fields; update a body partially; use enums;
set cookies in a response; add a custom exception handler; use HTTP basic auth; debug the server
"""
QUESTIONS = [f"How do I {' '.join(topic.split())}?" for topic in TOPICS.split(";")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="two versions, six questions")
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--show", action="store_true", help="print every question that moved")
    given = options.parse_args()
    folder = given.data / "docs_fastapi"
    versions = VERSIONS[:2] if given.quick else VERSIONS
    if not all((folder / version).is_dir() for version in versions):
        print(f"nothing is measured: {folder} is not there; give --data DIR")
        return
    asked = QUESTIONS[:6] if given.quick else QUESTIONS
    rows: list[list[object]] = []
    with (
        tempfile.TemporaryDirectory(prefix="holdfast-drift-") as scratch,
        init_project(Path(scratch) / "docs") as project,
    ):
        for number, version in enumerate(versions):
            project.ingest(folder / version, sync=True)
            if not number:
                project.deploy(reason="the first documentation")
            project.snapshot(f"v{version}")
        for before, after in pairwise(versions):
            found = churn(
                project.system,
                asked,
                runtimes=project.runtime,
                before=f"v{before}",
                after=f"v{after}",
            )
            evidence = [one for one in found.asked if one.evidence_changed]
            answers = [one for one in found.asked if one.answer_changed]
            moved = [found.added, found.removed, found.changed]
            rows.append([f"{before} -> {after}", *moved, len(evidence), len(answers)])
            for one in answers if given.show else []:
                print(f"{after}: {one.question} ({one.overlap:.0%} of its passages are the same)")
            # An answer is made of its evidence: it cannot change alone.
            assert all(one.evidence_changed for one in answers)
    show(
        "Documentation from version to version",
        inputs=f"{len(asked)} fixed questions asked as of both moments",
        columns=("versions", "came", "went", "changed", "other evidence", "other answers"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
