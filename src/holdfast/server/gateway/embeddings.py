"""``/v1/embeddings``: vectors of the deployed release's embedder."""

from __future__ import annotations

import base64
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from holdfast.domain.digest import digest
from holdfast.errors import LimitError
from holdfast.server.errors import UnsupportedError
from holdfast.server.gateway.router import openai_router
from holdfast.server.service import Opened

router = openai_router()

MAX_INPUTS = 256
MAX_TEXT = 20_000
MAX_TEXTS = 1_000_000
"""Characters of one input, and of all of them."""

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class EmbeddingRequest(BaseModel):
    """What to embed. ``model`` is an environment."""

    model_config = ConfigDict(strict=True)

    model: str = Field(min_length=1, max_length=63)
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=MAX_INPUTS)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: str | None = Field(default=None, max_length=512)


class Embedding(BaseModel):
    """A unit vector: numbers, or little-endian float32 as base64."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Embedders do not say what they count: zero."""

    prompt_tokens: int = 0
    total_tokens: int = 0


class EmbeddingHoldfast(BaseModel):
    """Which release and embedder made the vectors."""

    release: str
    embedder: str


class Embeddings(BaseModel):
    """The vectors, in the order of the inputs."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage = EmbeddingUsage()
    holdfast: EmbeddingHoldfast


@router.post("/embeddings")
def create_embeddings(request: EmbeddingRequest, project: Opened) -> Embeddings:
    """Embed texts with the embedder of the release that answers in an environment."""
    texts = [request.input] if isinstance(request.input, str) else request.input
    if sum(map(len, texts)) > MAX_TEXTS:
        raise LimitError(f"the inputs have more than {MAX_TEXTS} characters; send fewer at once")
    release = project.deployed(environment=request.model)
    embedder = project.runtime(release).embedder
    if request.dimensions not in (None, embedder.dimensions):
        raise UnsupportedError(
            f"dimensions is {request.dimensions}, and the embedder has {embedder.dimensions}; "
            "leave it out",
            param="dimensions",
        )
    vectors = embedder.embed(texts)
    return Embeddings(
        data=[
            Embedding(index=index, embedding=encode(vector, request.encoding_format))
            for index, vector in enumerate(vectors)
        ],
        model=request.model,
        holdfast=EmbeddingHoldfast(release=release, embedder=digest(embedder.identity)),
    )


def encode(vector: NDArray[np.float32], encoding: Literal["float", "base64"]) -> list[float] | str:
    """A vector as the client asked for it.

    >>> encode(np.array([1.0, 0.5], dtype=np.float32), "float")
    [1.0, 0.5]
    >>> encode(np.array([1.0, 0.5], dtype=np.float32), "base64")
    'AACAPwAAAD8='
    """
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    numbers: list[float] = vector.tolist()
    return numbers
