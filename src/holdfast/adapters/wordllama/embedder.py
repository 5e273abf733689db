"""Static embeddings: a text's vector is the mean of its tokens' vectors.

The weights and the tokenizer are read straight from the wheel. ``import wordllama`` would set up
the root logger and load an HTTP client, and its own pooling pads texts to the longest of a batch.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from holdfast.domain.digest import JsonObject
from holdfast.errors import ProviderError, SettingsError

PACKAGE = "wordllama"
WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
DIMENSIONS = 256
LENGTHS = (64, 128, 256)
BATCH = 256
"""Texts that are tokenised at once."""
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class _Model:
    tokenizer: Tokenizer
    vectors: NDArray[np.float32]


class WordLlamaEmbedder:
    """Up to 256 dimensions, thousands of passages a second on one core, no network.

    The files are opened at the first use. The same text gives the same vector in any batch: each
    text's tokens are summed on their own, in order. A text without tokens gives the first unit
    vector. The model was trained so that the first 64 or 128 dimensions stand on their own
    (Kusupati et al., "Matryoshka Representation Learning", 2022): half the disk, nearly as good.

    >>> vectors = WordLlamaEmbedder().embed(["a harbour", "a port for ships", "tax law"])
    >>> float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2])
    True
    """

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        if dimensions not in LENGTHS:
            raise SettingsError(
                f"embedder.dimensions is {dimensions!r}: {PACKAGE} makes vectors of "
                f"{', '.join(map(str, LENGTHS))}"
            )
        self._dimensions = dimensions
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> JsonObject:
        return {
            "kind": PACKAGE,
            "version": version(PACKAGE),
            "dimensions": self._dimensions,
            "weights": _sha256(_file(WEIGHTS)),
            "tokenizer": _sha256(_file(TOKENIZER)),
        }

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        model = self._loaded()
        rows = np.zeros((len(texts), self._dimensions), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = [_encodable(text) for text in texts[start : start + BATCH]]
            for row, encoding in enumerate(
                model.tokenizer.encode_batch(batch, add_special_tokens=False), start
            ):
                rows[row] = model.vectors[encoding.ids].sum(axis=0)
        norms = np.sqrt(np.square(rows).sum(axis=1))
        rows[norms < TINY] = np.eye(1, self._dimensions, dtype=np.float32)
        norms[norms < TINY] = 1.0
        rows /= norms[:, np.newaxis]
        return rows

    def _loaded(self) -> _Model:
        with self._lock:
            return self._model

    @cached_property
    def _model(self) -> _Model:
        try:
            with safe_open(_file(WEIGHTS), framework="np") as file:
                weights = file.get_tensor("embedding.weight")[:, : self._dimensions]
                vectors = np.ascontiguousarray(weights, np.float32)
            tokenizer = Tokenizer.from_file(str(_file(TOKENIZER)))
        except (OSError, SafetensorError) as e:
            raise ProviderError(f"cannot load {WEIGHTS!r}: {e}; reinstall {PACKAGE!r}") from e
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return _Model(tokenizer, vectors)


def _encodable(text: str) -> str:
    """The text with lone surrogates replaced, which UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _file(name: str) -> Path:
    """A file of the wheel, found without importing the package."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ProviderError(f"the package {PACKAGE!r} is not installed; install it")
    return Path(spec.origin).parent / name


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as e:
        raise ProviderError(f"cannot read {path.name!r}: {e}; reinstall {PACKAGE!r}") from e
