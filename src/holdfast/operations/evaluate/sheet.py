"""A sheet of a run's outputs for people to label."""

from __future__ import annotations

import csv
import io
import random

from holdfast.errors import UsageError
from holdfast.evaluation import output as outputs
from holdfast.evaluation import run as runs
from holdfast.evaluation.importing.table import BETWEEN
from holdfast.operations.system import System

COLUMNS = ("run", "case", "sample", "label", "annotator", "question", "answer", "passages")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell."""


def sheet(system: System, run: str, *, count: int, seed: int = 0) -> str:
    """CSV of ``count`` outputs drawn at random, with an empty ``label``; one of each case first.

    Drawn at random, labels of them correct the run's own rates (see ``rates``). Raises
    ``NotFoundError``, and ``UsageError`` when the run has no answers.
    """
    begun = runs.load(run, ledger=system.ledger)
    cases = {case.id: case for case in runs.cases(begun, blobs=system.blobs)}
    found = outputs.outputs(run, ledger=system.ledger)
    there = [found[key] for key in sorted(found) if not found[key].error]
    if not there:
        raise UsageError(f"run {run!r} has no answers to label")
    shuffled = random.Random(seed).sample(there, len(there))  # noqa: S311 - nothing is secret
    drawn = sorted(shuffled, key=lambda output: output.sample)[:count]
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for one in drawn:
        passages = BETWEEN.join(" ".join(p.text.split()) for p in one.passages)
        question = cases[one.case].question
        rows.writerow(
            [
                run,
                one.case,
                one.sample,
                "",
                "",
                _cell(question),
                _cell(one.answer),
                _cell(passages),
            ]
        )
    return written.getvalue()


def _cell(text: str) -> str:
    """Text that is only shown, and that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text
