"""Real models change silently: March against June 2023 told apart from twenty answers.

Three tasks of GPT-3.5 and GPT-4. The threshold comes from March alone; twenty answers of June, and
twenty other ones of March, are drawn again and again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from pyarrow import csv
from table import show

from holdfast.observation.drift.behaviour import Behaviour

TASKS = {"happy numbers": "COUNTAHAPPYNUMBER", "opinions": "OPINIONQA", "sensitive": "SENSITIVEQ"}
MODELS = {
    "GPT-3.5": ("openaichat/gpt-3.5-turbo-0301", "openaichat/gpt-3.5-turbo-0613"),
    "GPT-4": ("openaichat/gpt-4-0314", "openaichat/gpt-4-0613"),
}
WINDOW = 20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="100 draws instead of 1,000")
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = options.parse_args()
    folder = given.data / "llmdrift"
    if not folder.is_dir():
        print(f"nothing is measured: {folder} is not there; give --data DIR")
        return
    draws = 100 if given.quick else 1_000
    rows: list[list[object]] = []
    for task, file in TASKS.items():
        answers = read(folder / f"{file}_EVAL.csv")
        for model, (march, june) in MODELS.items():
            rows.append([task, model, *measure(answers[march], answers[june], draws)])
    show(
        "March against June 2023, twenty answers at a time",
        inputs=f"{draws:,} draws; half of March is the reference, the other half what is unchanged",
        columns=("task", "model", "told apart %", "false alarms %", "by"),
        rows=rows,
    )


def read(path: Path) -> dict[str, list[str]]:
    """Answers by model."""
    parse = csv.ParseOptions(newlines_in_values=True)
    table = csv.read_csv(path, parse_options=parse)
    found: dict[str, list[str]] = {}
    for model, answer in zip(table["model"].to_pylist(), table["answer"].to_pylist(), strict=True):
        found.setdefault(model, []).append(str(answer or ""))
    return found


def measure(march: list[str], june: list[str], draws: int) -> tuple[float, float, str]:
    """Share of draws told apart, share of false alarms, and the descriptor that told most often.

    Every tenth of the draws has another half of March for its reference.
    """
    rng = np.random.default_rng(0)
    hits, false, by = 0, 0, []
    splits = 10
    for _ in range(splits):
        order = rng.permutation(len(march))
        half = len(march) // 2
        usual = Behaviour([march[i] for i in order[:half]], window=WINDOW, alarm_rate=0.005)
        rest = [march[i] for i in order[half:]]
        for _ in range(draws // splits):
            told = usual.judge([june[i] for i in rng.choice(len(june), WINDOW, replace=False)])
            hits += told.drifted
            by += [told.moved[0].name] if told.moved else []
            calm = usual.judge([rest[i] for i in rng.choice(len(rest), WINDOW, replace=False)])
            false += calm.drifted
    most = max(set(by), key=by.count) if by else "-"
    return 100 * hits / draws, 100 * false / draws, most


if __name__ == "__main__":
    main()
