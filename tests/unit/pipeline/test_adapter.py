from __future__ import annotations

import numpy as np
import pytest

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.errors import CorruptionError
from holdfast.pipeline.adapter import Adapter, packed, unpacked

TEXTS = ["How long may I return shoes?", "", "Boots", "a harbour and a port for ships"]
MATRIX = np.linalg.qr(np.random.default_rng(1).standard_normal((256, 256)))[0][:, :100]


def test_a_vector_does_not_depend_on_the_texts_beside_it() -> None:
    adapter = Adapter(WordLlamaEmbedder(), unpacked(packed(MATRIX)))
    together = adapter.embed(TEXTS)
    assert together.shape == (4, adapter.dimensions) == (4, 100)
    assert together.dtype == np.float32
    for row, text in zip(together, TEXTS, strict=True):
        assert adapter.embed([text])[0].tobytes() == row.tobytes()
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)


def test_a_rotation_keeps_every_angle() -> None:
    own = WordLlamaEmbedder()
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((256, 256)))[0]
    turned = Adapter(own, unpacked(packed(turn))).embed(TEXTS)
    assert np.allclose(turned @ turned.T, own.embed(TEXTS) @ own.embed(TEXTS).T, atol=1e-5)


@pytest.mark.parametrize("data", [b"", b"nonsense", packed(MATRIX)[:-1]])
def test_a_map_that_is_none_is_told(data: bytes) -> None:
    with pytest.raises(CorruptionError, match="map cannot be read"):
        unpacked(data)
