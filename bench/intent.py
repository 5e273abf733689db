"""How well questions are told by intent, and strange ones from known ones, on CLINC150."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from table import percentiles, show

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.evaluation.scorers.fit import fit
from holdfast.evaluation.scorers.intent import Intents
from holdfast.statistics.discrimination import auroc
from holdfast.statistics.interval import wilson


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help="30 of the 150 intents")
    given = options.parse_args()
    file = given.data / "intent" / "clinc150" / "data_full.json"
    if not file.is_file():
        print(f"{file} is not there; give --data DIR with intent/clinc150 (CC BY 3.0)")
        return
    data = json.loads(file.read_text(encoding="utf-8"))
    kinds = sorted({label for _, label in data["train"]})[: 30 if given.quick else None]
    train, test = ([row for row in data[part] if row[1] in kinds] for part in ("train", "test"))
    started = time.perf_counter()
    embedder = WordLlamaEmbedder()
    fitted = fit([q for q, _ in train], [label for _, label in train], embedder=embedder)
    seconds = time.perf_counter() - started
    stored = fitted.to_bytes()
    model = Intents.from_bytes(stored, embedder=embedder)
    times, guesses = [], []
    for question, _ in [*test, *data["oos_test"]]:
        begun = time.perf_counter()
        guesses.append(model.guess(question))
        times.append(time.perf_counter() - begun)
    inside, outside = guesses[: len(test)], guesses[len(test) :]
    right = sum(g.intent == label for g, (_, label) in zip(inside, test, strict=True))
    accuracy = wilson(right, len(test))
    margins = [guess.margin for guess in guesses]
    known = np.arange(len(guesses)) < len(test)
    strange = sum(guess.margin < model.threshold for guess in outside) / len(outside)
    kept = sum(guess.margin >= model.threshold for guess in inside) / len(inside)
    show(
        "Intents",
        inputs=f"CLINC150: {len(train)} questions to train on, {len(test)} known and "
        f"{len(outside)} strange ones to try, {len(kinds)} intents",
        columns=("what", "value"),
        rows=[
            ["accuracy in scope, %", 100 * accuracy.estimate],
            ["  95 % interval", f"{100 * accuracy.low:.2f} to {100 * accuracy.high:.2f}"],
            ["AUROC of strange questions", f"{auroc(margins, known).estimate:.4f}"],
            ["strange ones found at the threshold, %", 100 * strange],
            ["known ones kept at the threshold, %", 100 * kept],
            ["size of the model, MB", len(stored) / 2**20],
            ["training, s", seconds],
            ["one question, ms p50 / p99", "{:.2f} / {:.2f}".format(*percentiles(times))],
        ],
    )


if __name__ == "__main__":
    main()
