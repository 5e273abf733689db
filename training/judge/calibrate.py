"""Weigh the reader against plain words, and calibrate: ``judge.json`` from the dev sets.

Each set counts alike, and within a set as much what is supported as what is not. Every figure that
is printed was measured on a set, or on documents, that the weights had not seen.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from examples import DOMAINS, Example, begin, factcg, out, summedits, wice
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from holdfast.adapters.onnx import OnnxReader
from holdfast.adapters.onnx.reader import FOLDER
from holdfast.evaluation.entailment.features import NAMES
from holdfast.evaluation.entailment.judge import READINGS, held, row
from holdfast.evaluation.scorers.align import document
from holdfast.statistics.calibration import calibration
from holdfast.statistics.discrimination import auroc, confusion

JUDGE, FIGURES = "judge.json", "figures.json"
ROUNDS = 3
"""Times that the least supported sentence of each text is chosen anew."""
FOLDS = 5
RIDGE = 0.01
FOR, AGAINST = (0.0, np.inf), (-np.inf, 0.0)
WRONG = (-np.inf, -2.0)
"""A number that the evidence has not costs at least this, whatever the sets say: in answers about
prices and terms it is the mistake that matters, and the sets have few of them."""
SIGNS = [
    WRONG
    if name == "strange number"
    else AGAINST
    if name in {"strange number", "strange name", "denied"}
    else FOR
    for name in (*READINGS, *NAMES)
]
"""What each column may say of a claim."""
POINTS = 12
"""Points of the curve of calibration at most."""
EDGE = 0.01
"""No probability is closer to 0 or 1 than this: the sets are too small to say more."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Set:
    """Texts of one data set: the rows of their sentences, labels, and groups."""

    rows: tuple[Floats, ...]
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Fitted:
    """Weights of standardised columns folded back to plain ones, and a curve."""

    weights: Floats
    bias: float
    curve: tuple[tuple[float, float], ...] = ()

    def logits(self, texts: Sequence[Floats]) -> Floats:
        """Of each text: of its least supported sentence."""
        return np.array([float((rows @ self.weights).min()) for rows in texts]) + self.bias

    def probabilities(self, texts: Sequence[Floats]) -> Floats:
        xs, ys = zip(*self.curve, strict=True)
        return np.interp(self.logits(texts), xs, ys)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--weights", type=Path, default=FOLDER, help="folder of the reader")
    options.add_argument("--out", type=Path, default=Path("build/judge"))
    options.add_argument("--rows", type=Path, help="keep the readings here, and read them again")
    given = options.parse_args()
    sets = read(given.data, given.rows, reader=OnnxReader(given.weights))
    figures = report(sets)
    fitted = fit(sets)
    value = {
        "columns": [*READINGS, *NAMES],
        "weights": [round(float(w), 6) for w in fitted.weights],
        "bias": round(fitted.bias, 6),
        "curve": [[round(x, 6), round(y, 6)] for x, y in fitted.curve],
    }
    given.out.mkdir(parents=True, exist_ok=True)
    for file, what in ((JUDGE, value), (FIGURES, figures)):
        (given.out / file).write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")
    for name, weight in zip(value["columns"], fitted.weights, strict=True):
        print(f"  {name:15s} {weight:+.3f}")


def read(data: Path, kept: Path | None, *, reader: OnnxReader) -> dict[str, Set]:
    """The rows of every sentence of every text, by data set."""
    examples: dict[str, list[Example]] = {
        "WiCE": wice(data),
        "BEGIN": begin(data),
        "SummEdits": [one for domain in DOMAINS for one in summedits(data, domain)],
        "FactCG": [one for one in factcg(data) if out(one)],
    }
    stored = dict(np.load(kept)) if kept and kept.is_file() else {}
    for name, told in examples.items():
        if f"{name} rows" not in stored:
            stored |= {f"{name} {key}": inner for key, inner in _rows(told, reader).items()}
            print(f"read {name}: {len(told)} texts", flush=True)
            if kept:
                np.savez(kept, **stored)
    found = {}
    for name, told in examples.items():
        texts = tuple(np.split(stored[f"{name} rows"], stored[f"{name} ends"][:-1]))
        places = {group: i for i, group in enumerate(dict.fromkeys(one.group for one in told))}
        groups = np.array([places[one.group] for one in told])
        found[name] = Set(texts, np.array([one.supported for one in told]), groups)
    return found


def _rows(examples: Sequence[Example], reader: OnnxReader) -> dict[str, Floats]:
    rows, ends = [], []
    for one in examples:
        pairs = [(claim, held(claim, one.document)) for claim in document(one.claim).pieces]
        readings = reader(pairs)
        rows += [row(*pair, reading=r) for pair, r in zip(pairs, readings, strict=True)]
        ends.append(len(rows))
    return {"rows": np.array(rows), "ends": np.array(ends)}


def fit(sets: Mapping[str, Set], columns: slice = slice(None)) -> Fitted:
    """Weights from all sets, and a curve from logits that weights of other documents gave."""
    weights = _weights(sets, columns)
    logits, truth, counts = [], [], []
    for fold in range(FOLDS):
        other = _weights(_apart(sets, fold, inside=False), columns)
        for share in _apart(sets, fold, inside=True).values():
            logits.append(other.logits(share.rows))
            truth.append(share.labels)
            counts.append(_balance(share.labels))
    curve = _curve(np.concatenate(logits), np.concatenate(truth), np.concatenate(counts))
    return Fitted(weights.weights, weights.bias, curve)


def _apart(sets: Mapping[str, Set], fold: int, *, inside: bool) -> dict[str, Set]:
    """The documents of a fold, of every set; or all others."""
    found = {
        name: _part(share, (share.groups % FOLDS == fold) == inside) for name, share in sets.items()
    }
    return {
        name: share
        for name, share in found.items()
        if share.labels.any() and not share.labels.all()
    }


def _part(share: Set, inside: NDArray[np.bool_]) -> Set:
    rows = tuple(rows for rows, taken in zip(share.rows, inside, strict=True) if taken)
    return Set(rows, share.labels[inside], share.groups[inside])


def _balance(labels: NDArray[np.bool_]) -> Floats:
    """Weights by which both labels count alike and all together as one."""
    share = labels.mean()
    return np.where(labels, 0.5 / share, 0.5 / (1 - share)) / len(labels)


def _weights(sets: Mapping[str, Set], columns: slice = slice(None)) -> Fitted:
    """Logistic regression over each text's least supported sentence, chosen again each round."""
    labels = np.concatenate([one.labels for one in sets.values()])
    counts = np.concatenate([_balance(one.labels) for one in sets.values()])
    texts = [rows for one in sets.values() for rows in one.rows]
    used = np.zeros(texts[0].shape[1], bool)
    used[columns] = True
    chosen = np.array([rows[(rows[:, 0] + 4 * rows[:, len(READINGS)]).argmin()] for rows in texts])
    for _ in range(ROUNDS):
        middle = np.average(chosen, axis=0, weights=counts)
        spread = np.sqrt(np.average((chosen - middle) ** 2, axis=0, weights=counts)) + 1e-6
        bounds = [
            (low * width, high * width) if taken else (0.0, 0.0)
            for (low, high), width, taken in zip(SIGNS, spread, used, strict=True)
        ]
        found = _regress((chosen - middle) / spread, labels, counts=counts, bounds=bounds)
        weights = found[:-1] / spread
        chosen = np.array([rows[(rows @ weights).argmin()] for rows in texts])
    return Fitted(weights, float(found[-1] - middle @ weights))


def _regress(
    rows: Floats, labels: NDArray[np.bool_], *, counts: Floats, bounds: list[tuple[float, float]]
) -> Floats:
    """Ridge logistic regression whose weights have the signs that they should; the bias is last.

    Without signs, a set of careful edits teaches that having a claim's words speaks against it.
    """
    signs = np.where(labels, 1.0, -1.0)

    def loss(found: Floats) -> tuple[float, Floats]:
        margins = signs * (rows @ found[:-1] + found[-1])
        pull = -signs * counts / (1 + np.exp(margins))
        total = float(counts @ np.logaddexp(0, -margins)) + RIDGE * float(found[:-1] @ found[:-1])
        return total, np.append(rows.T @ pull + 2 * RIDGE * found[:-1], pull.sum())

    start = np.zeros(rows.shape[1] + 1)
    free = (-np.inf, np.inf)
    return np.asarray(minimize(loss, start, jac=True, bounds=[*bounds, free]).x)


def _curve(
    logits: Floats, truth: NDArray[np.bool_], counts: Floats
) -> tuple[tuple[float, float], ...]:
    """A rising line of few points: isotonic regression, evened out by a logistic curve."""
    model = LogisticRegression(C=1e6)
    model.fit(logits[:, None], truth, sample_weight=counts * len(truth))
    smooth = model.predict_proba(logits[:, None])[:, 1]
    steps = IsotonicRegression(y_min=EDGE, y_max=1 - EDGE).fit(logits, truth, sample_weight=counts)
    xs = np.unique(np.quantile(logits, np.linspace(0.005, 0.995, POINTS)))
    near = [np.abs(logits - x) <= np.partition(np.abs(logits - x), 99)[99] for x in xs]
    ys = [
        float(np.average((smooth[n] + steps.predict(logits[n])) / 2, weights=counts[n]))
        for n in near
    ]
    rising = np.maximum.accumulate(np.clip(ys, EDGE, 1 - EDGE))
    return tuple(zip(xs.tolist(), rising.tolist(), strict=True))


def report(sets: Mapping[str, Set]) -> dict[str, dict[str, float]]:
    """Each set by weights from the other sets alone, and by weights from other documents.

    Gives the first of these back, of words and reader together.
    """
    figures: dict[str, dict[str, float]] = {}
    for title, columns in (
        ("words and reader", slice(None)),
        ("words alone", slice(len(READINGS), None)),
        ("reader alone", slice(len(READINGS))),
    ):
        print(title)
        for name, share in sets.items():
            others = {other: inner for other, inner in sets.items() if other != name}
            found = fit(others, columns).probabilities(share.rows)
            figures.setdefault(name, _tell(f"{name}, never seen", share, found))
        fitted = [fit(_apart(sets, fold, inside=False), columns) for fold in range(FOLDS)]
        for name, share in sets.items():
            folds = share.groups % FOLDS
            found = np.choose(folds, [one.probabilities(share.rows) for one in fitted])
            _tell(f"{name}, other documents seen", share, found)
    return figures


def _tell(name: str, share: Set, found: Floats) -> dict[str, float]:
    table = confusion(share.labels, found >= 0.5)
    area, balanced = auroc(found, share.labels).estimate, table.balanced_accuracy.estimate
    print(
        f"  {name:35s} AUROC {area:.3f}  balanced accuracy {balanced:.3f}  "
        f"calibration error {calibration(found, share.labels).error:.3f}",
        flush=True,
    )
    return {"AUROC": round(area, 4), "balanced accuracy": round(balanced, 4)}


if __name__ == "__main__":
    main()
