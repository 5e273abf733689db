"""Train a model of intents: TF-IDF and embedding under a linear SVM.

scikit-learn is needed here only; what comes out is plain arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

from holdfast.errors import UsageError
from holdfast.evaluation.scorers.intent import Intents
from holdfast.evaluation.scorers.ngrams import Vocabulary, chosen, grams, vocabulary
from holdfast.ports.embedder import Embedder

LEAST = {"w": 2, "c": 5}
"""Texts that an n-gram must stand in."""
MOST = 16_384
"""N-grams that are kept: those with the largest weights."""
OUTSIDE = 0.05
"""Share of known questions that the threshold may take for out of scope."""
EVERY = 5
"""One question in so many is held out to set the threshold."""
FEWEST = 2


def fit(
    questions: Sequence[str], labels: Sequence[str], *, embedder: Embedder, penalty: float = 1.0
) -> Intents:
    """A model of the intents of labelled questions; the same input gives the same model.

    A first SVM over all n-grams finds those that matter, a second is trained on them alone. The
    threshold for out of scope leaves out 5 % of questions that a third had not seen. ``penalty``
    is the SVM's C. Raises ``UsageError``.
    """
    kinds = sorted(set(labels))
    if len(kinds) < FEWEST or len(questions) != len(labels):
        raise UsageError(
            f"{len(questions)} questions with {len(kinds)} intents; give each question one of two "
            "or more"
        )
    if bad := [label for label in kinds if not label.strip() or "\n" in label]:
        raise UsageError(f"intent {bad[0]!r} must be a name on one line")
    vectors = np.asarray(embedder.embed(questions), np.float64)
    whole = vocabulary(questions, least=LEAST)
    first = _svm(_matrix(questions, whole, vectors), labels, penalty=penalty)
    strength = np.abs(first.coef_[:, : len(whole.idf)]).max(axis=0)
    names = list(whole.places)
    kept = sorted(np.argsort(-strength, kind="stable")[:MOST].tolist())
    frequency = Counter(gram for text in questions for gram in set(grams(text)))
    small = chosen((names[i] for i in kept), frequency=frequency, documents=len(questions))
    matrix = _matrix(questions, small, vectors)
    model = _svm(matrix, labels, penalty=penalty)
    weights, bias = _oriented(model)
    threshold = _threshold(matrix, labels, penalty=penalty)
    return Intents(
        embedder,
        small,
        tuple(str(label) for label in model.classes_),
        weights.astype(np.float16),
        bias.astype(np.float32),
        threshold,
    )


def _svm(matrix: sparse.csr_matrix, labels: Sequence[str], *, penalty: float) -> LinearSVC:
    return LinearSVC(C=penalty, random_state=0).fit(matrix, labels)


def _oriented(model: LinearSVC) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (features, labels) and bias; of two labels scikit-learn keeps one direction only."""
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return weights, bias


def _threshold(matrix: sparse.csr_matrix, labels: Sequence[str], *, penalty: float) -> float:
    held = np.arange(len(labels)) % EVERY == 0
    rest = [label for label, out in zip(labels, held, strict=True) if not out]
    if len(set(rest)) < FEWEST:
        return 0.0
    weights, bias = _oriented(_svm(matrix[~held], rest, penalty=penalty))
    margins = (matrix[held] @ weights + bias).max(axis=1)
    return round(float(np.quantile(margins, OUTSIDE)), 6)


def _matrix(
    texts: Sequence[str], words: Vocabulary, vectors: NDArray[np.float64]
) -> sparse.csr_matrix:
    found = [words.weights(text) for text in texts]
    places = [place for weights in found for place in weights]
    values = [value for weights in found for value in weights.values()]
    starts = np.concatenate([[0], np.cumsum([len(weights) for weights in found])])
    left = sparse.csr_matrix((values, places, starts), shape=(len(texts), len(words.idf)))
    return sparse.hstack([left, sparse.csr_matrix(vectors)]).tocsr()
