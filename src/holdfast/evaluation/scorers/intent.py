"""What the question wants, by a model trained on the user's own intents."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import ClassVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import JsonObject, digest_bytes
from holdfast.domain.score import Sample, Score
from holdfast.errors import CorruptionError
from holdfast.evaluation.scorers.ngrams import Vocabulary
from holdfast.evaluation.scorers.scorer import LABEL
from holdfast.ports.embedder import Embedder

OUTSIDE = "out_of_scope"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest intent and its margin: above 0 means well inside, lower means less sure."""

    intent: str
    margin: float


@dataclass(frozen=True)
class Intents:
    """A linear model over n-grams and the embedding of a question; ``fit.fit`` makes one.

    It is kept as plain arrays (``to_bytes``), never as code.
    """

    embedder: Embedder
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    weights: NDArray[np.float16]
    """Shape (n-grams + dimensions, labels)."""
    bias: NDArray[np.float32]
    threshold: float
    """Questions with a lower margin are out of scope."""

    @property
    def identity(self) -> JsonObject:
        return {
            "kind": "intents",
            "digest": digest_bytes(self.to_bytes()),
            "embedder": self.embedder.identity,
        }

    def guess(self, question: str) -> Guess:
        """The intent of one question."""
        found = self.vocabulary.weights(question)
        places, values = list(found), np.array(list(found.values()), np.float32)
        size = len(self.vocabulary.idf)
        margins = self.bias + self.embedder.embed([question])[0] @ self.weights[size:].astype(
            np.float32
        )
        if places:
            margins = margins + values @ self.weights[places].astype(np.float32)
        best = int(margins.argmax())
        return Guess(self.labels[best], round(float(margins[best]), 6))

    def to_bytes(self) -> bytes:
        """Everything but the embedder, as an npz file without pickle."""
        grams = "\n".join(self.vocabulary.places)
        out = io.BytesIO()
        np.savez_compressed(
            out,
            format=np.array(FORMAT),
            grams=np.frombuffer(grams.encode(), np.uint8),
            labels=np.frombuffer("\n".join(self.labels).encode(), np.uint8),
            idf=np.array(self.vocabulary.idf, np.float32),
            weights=self.weights,
            bias=self.bias,
            threshold=np.array(self.threshold),
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, *, embedder: Embedder) -> Intents:
        """What ``to_bytes`` wrote. Raises ``CorruptionError``."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            grams = arrays["grams"].tobytes().decode().split("\n")
            labels = tuple(arrays["labels"].tobytes().decode().split("\n"))
            idf = arrays["idf"].astype(float).tolist()
            weights, bias = arrays["weights"], arrays["bias"]
            threshold = float(arrays["threshold"])
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as e:
            raise CorruptionError(f"no model of intents: {e}; train it again") from e
        shape = (len(grams) + embedder.dimensions, len(labels))
        if weights.shape != shape or len(idf) != len(grams) or bias.shape != shape[1:]:
            raise CorruptionError(
                f"a model of intents with weights of shape {weights.shape}, not {shape}; train it "
                "again with this embedder"
            )
        vocabulary = Vocabulary({name: i for i, name in enumerate(grams)}, idf)
        return cls(embedder, vocabulary, labels, weights, bias, threshold)


@dataclass(frozen=True, slots=True)
class Intent:
    """A label: the intent of the question, or ``out_of_scope``.

    Where the case names its intent, ``detail`` says whether it was met. ``unsure`` near the
    threshold.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = LABEL
    intents: Intents
    name: str = "intent"
    band: float = 0.1

    def __call__(self, sample: Sample) -> Score:
        guess = self.intents.guess(sample.case.question)
        outside = guess.margin < self.intents.threshold
        label = OUTSIDE if outside else guess.intent
        unsure = abs(guess.margin - self.intents.threshold) < self.band
        wanted = sample.case.intent
        detail = {"likeliest": guess.intent, "margin": guess.margin}
        if wanted:
            detail |= {"expected": wanted, "right": label == wanted}
        return Score(self.name, label, unsure=unsure, detail=detail)
