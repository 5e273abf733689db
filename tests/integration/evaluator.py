"""A process that evaluates a callable and says what it asks and what is kept.

python evaluator.py PROJECT
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import holdfast
from holdfast.domain.dataset import Case
from holdfast.evaluation.runner import Progress
from holdfast.evaluation.suite import parse
from holdfast.operations.evaluate.evaluate import Conduct, Own, evaluate, parts

SAMPLES = 5


def tell(line: str) -> None:
    # One short write is atomic: a line is there whole or not at all.
    os.write(1, f"{line}\n".encode())


def answer(case: Case, seed: int) -> str:
    tell(f"asked {case.id} {seed}")
    time.sleep(0.005)
    return f"{case.id} {seed}"


def progress(at: Progress) -> None:
    tell(f"kept {at.done}")


def main() -> None:
    project = holdfast.open(Path(sys.argv[1]))
    system = project._system
    text = f'dataset = "golden"\nsamples = {SAMPLES}\n[metrics.exact]\n'
    suite = parse(text, file="nightly.toml", parts=parts(system))
    own = Own("echo", answer)
    conduct = Conduct(system, project.runtime, "nightly", progress)
    evaluate(conduct, suite, target=own)
    project.close()


if __name__ == "__main__":
    main()
