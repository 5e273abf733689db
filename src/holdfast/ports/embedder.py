"""Text to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from holdfast.domain.digest import JsonObject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Maps texts to unit vectors. The same text gives the same vector, whatever the batch."""

    @property
    def identity(self) -> JsonObject:
        """What the vectors depend on (kind, model, weights, dimensions): the component."""
        ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimensions), rows of unit length. Raises ``ProviderError``."""
        ...
