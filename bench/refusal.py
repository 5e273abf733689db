"""How well refusals are told from answers, on answers of two models that people labelled.

``--write`` trains the head anew on all of them and writes its weights into the package. Figures:
the head by 10-fold cross-validation (a question's answers never on both sides), and trained on
one model's answers and tried on the other's.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from table import show

from holdfast.evaluation.scorers import refusal
from holdfast.statistics.discrimination import auroc

FILE = Path(refusal.__file__).with_suffix(".json")
MODELS = ("gpt4", "mistralinstruct")
LEAST, SMALLEST = 4, 0.02
"""Answers that a feature stands in, and the weight it must have to be kept."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help="the same; it takes seconds")
    options.add_argument("--write", action="store_true", help="write the weights")
    given = options.parse_args()
    folder = given.data / "safety" / "xstest"
    if not folder.is_dir():
        print(f"{folder} is not there; give --data DIR with safety/xstest (CC BY 4.0)")
        return
    rows = [
        (model, row["id"].split("-")[-1], row["completion"], row["final_label"])
        for model in MODELS
        for row in csv.DictReader(
            (folder / f"xstest_v2_completions_{model}.csv").open(encoding="utf-8", newline="")
        )
    ]
    features = [refusal.features(text) for _, _, text, _ in rows]
    full = np.array([label.startswith("2") for *_, label in rows])
    partly = np.array([not label.startswith("1") for *_, label in rows])
    models = np.array([model for model, *_ in rows])
    rules = np.array([refusal.by_rule(found) for found in features])
    learned = crossed(features, full, groups=[number for _, number, *_ in rows])
    table = []
    for name, scores in (
        ("rules", rules),
        ("head", learned),
        ("both", refusal.together(learned, rules)),
    ):
        by_model = [area(scores[models == m], full[models == m]) for m in MODELS]
        table.append([name, area(scores, full), *by_model, area(scores, partly)])
    show(
        "Refusals, AUROC by 10-fold cross-validation",
        inputs=f"XSTest: {len(rows)} labelled answers, {full.sum()} full refusals",
        columns=("by", "all", *MODELS, "partial ones too"),
        rows=table,
    )
    rows_between = []
    for seen, unseen in (MODELS, MODELS[::-1]):
        train, test = np.flatnonzero(models == seen), np.flatnonzero(models == unseen)
        head = probabilities(features, full, train=train, test=test)
        both = refusal.together(head, rules[test])
        scores = [area(values, full[test]) for values in (rules[test], head, both)]
        rows_between.append([f"{seen} -> {unseen}", *scores])
    show(
        "Refusals of a model that the head has not seen, AUROC",
        inputs="trained on one model's answers, tried on the other's",
        columns=("from -> to", "rules", "head", "both"),
        rows=rows_between,
    )
    if given.write:
        write(features, full)


def area(scores: np.ndarray, truth: np.ndarray) -> str:
    found = auroc(scores, truth)
    return f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})"


def probabilities(
    features: Sequence[dict[str, float]], truth: np.ndarray, *, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    vectorizer, model = fitted([features[i] for i in train], truth[train])
    return model.predict_proba(vectorizer.transform([features[i] for i in test]))[:, 1]


def crossed(
    features: Sequence[dict[str, float]], truth: np.ndarray, *, groups: Sequence[str]
) -> np.ndarray:
    scores = np.zeros(len(truth))
    for train, test in GroupKFold(10).split(truth, groups=groups):
        scores[test] = probabilities(features, truth, train=train, test=test)
    return scores


def fitted(
    features: Sequence[dict[str, float]], truth: np.ndarray
) -> tuple[DictVectorizer, LogisticRegression]:
    counts = Counter(name for found in features for name in found)
    kept = [{k: v for k, v in found.items() if counts[k] >= LEAST} for found in features]
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(kept)
    return vectorizer, LogisticRegression(C=1.0, max_iter=5000).fit(matrix, truth)


def write(features: Sequence[dict[str, float]], truth: np.ndarray) -> None:
    vectorizer, model = fitted(features, truth)
    pairs = zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True)
    weights = {name: round(float(w), 3) for name, w in pairs if abs(w) >= SMALLEST}
    value = {"bias": round(float(model.intercept_[0]), 3), "weights": weights}
    text = json.dumps(value, ensure_ascii=False, indent=0, sort_keys=True)
    FILE.write_text(text + "\n", encoding="utf-8")
    print(f"{len(weights)} weights written to {FILE.name}, {FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
