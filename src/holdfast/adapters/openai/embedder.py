"""Embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

import numpy as np
import orjson
from numpy.typing import NDArray

from holdfast.adapters.openai.endpoint import Endpoint, connect
from holdfast.adapters.openai.translate import translated
from holdfast.domain.digest import JsonObject, digest
from holdfast.errors import ProviderReplyError

BATCH_TEXTS = 128
BATCH_CHARACTERS = 200_000
"""A request is closed by whichever it reaches first."""


class OpenAIEmbedder:
    """An embedder behind ``/embeddings``.

    Vectors are brought to unit length. A reply with another number of dimensions than declared is
    an error, never cut or padded: it would be another space. A request that fails for a passing
    reason is sent again, ``retries`` times: embedding twice changes nothing. The same request has
    the same ``Idempotency-Key``, so that a provider which keeps to it does not charge twice.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        dimensions: int,
        api_key: str = "",
        timeout: float = 60.0,
        retries: int = 2,
    ) -> None:
        self._endpoint = Endpoint(base_url, api_key=api_key, timeout=timeout, retries=retries)
        self._model = model
        self._dimensions = dimensions
        self._client = connect(self._endpoint)

    @property
    def identity(self) -> JsonObject:
        return {
            "kind": "openai",
            "base_url": self._endpoint.base_url,
            "model": self._model,
            "dimensions": self._dimensions,
        }

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        batches = [self._batch(batch) for batch in _batches(texts)]
        if not batches:
            return np.zeros((0, self._dimensions), np.float32)
        return np.concatenate(batches)

    def _batch(self, texts: list[str]) -> NDArray[np.float32]:
        with translated(self._endpoint):
            # The client's own reading makes an object of each number: most of a request's cost.
            reply = self._client.embeddings.with_raw_response.create(
                model=self._model,
                input=texts,
                encoding_format="float",
                extra_headers={"Idempotency-Key": digest([self._model, texts])},
            )
            read = orjson.loads(reply.content)
        data = read.get("data") if isinstance(read, dict) else None
        if not isinstance(data, list) or len(data) != len(texts):
            raise ProviderReplyError(
                f"{self._endpoint.host} sent no {len(texts)} vectors for {len(texts)} texts"
            )
        try:
            if {item.get("index") for item in data} == set(range(len(texts))):
                data = sorted(data, key=itemgetter("index"))
            vectors = np.array([item["embedding"] for item in data], np.float64)
        except (AttributeError, KeyError, TypeError, ValueError) as e:
            raise ProviderReplyError(f"{self._endpoint.host} sent vectors that are none") from e
        return self._unit(vectors)

    def _unit(self, vectors: NDArray[np.float64]) -> NDArray[np.float32]:
        found = vectors.shape[1] if vectors.ndim > 1 else 0
        if found != self._dimensions:
            raise ProviderReplyError(
                f"{self._model!r} at {self._endpoint.host} makes vectors of {found} dimensions, "
                f"not {self._dimensions}: set embedder.dimensions = {found} and deploy again"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(lengths)) or np.any(lengths == 0.0):
            raise ProviderReplyError(f"{self._endpoint.host} sent a vector without direction")
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) == BATCH_TEXTS or size + len(text) > BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        # OpenAI refuses an empty text, and a space is embedded the same everywhere.
        batch.append(text or " ")
        size += len(text)
    if batch:
        yield batch
