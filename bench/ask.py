"""How long a question takes, stage by stage, without generation; and what the record costs.

The answer itself is the embedded extractive generator's; its time is shown apart, since it stands
for a model that anybody would choose for themselves. Cache off, every question new.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from made import made, words
from table import percentiles, show

from holdfast.pipeline.question import Question

GENERATION = ("generate", "prompt", "guard")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="10k chunks, 50 questions")
    options.add_argument("--chunks", type=int, default=100_000)
    options.add_argument("--questions", type=int, default=500)
    options.add_argument("--keep", type=Path, help="folder to keep the made project in")
    given = options.parse_args()
    chunks = 10_000 if given.quick else given.chunks
    questions = 50 if given.quick else given.questions
    generator = random.Random(2)
    with tempfile.TemporaryDirectory() as scratch:
        home = (given.keep or Path(scratch)) / f"made-{chunks}"
        with made(home, chunks=chunks, events=chunks) as project:
            stages: dict[str, list[float]] = {}
            totals, stamping = [], []
            for number in range(questions + 20):
                question = Question(
                    " ".join(words(generator, 8)),
                    project.environment,
                    session=f"s{number % 7}",
                    cache=False,
                )
                started = time.perf_counter()
                decision = project.decide(question)
                seconds = time.perf_counter() - started
                if number < 20:
                    continue
                latency = decision.stamp.latency
                for name, value in latency.items():
                    stages.setdefault(name, []).append(value)
                totals.append(seconds - sum(latency.get(name, 0.0) for name in GENERATION))
                worked = sum(v for k, v in latency.items() if k not in ("total", "record"))
                stamping.append(seconds - worked)
    rows = [[name, *percentiles(values)] for name, values in stages.items()]
    rows.append(["stamp and durable record", *percentiles(stamping)])
    rows.append(["all without generation", *percentiles(totals)])
    show(
        "Ask",
        inputs=f"{chunks:,} chunks x 256, {questions} questions, one at a time, cache off",
        columns=("stage", "p50 ms", "p99 ms"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
