from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.adapters.wordllama import WordLlamaEmbedder, embedder
from holdfast.errors import ProviderError, SettingsError

EMBEDDER = WordLlamaEmbedder()
TEXTS = ["a harbour", "", "tax law " * 300, "é\U0001f600漢字", "a", " \n", "a\ud800b"]


def test_rows_are_unit_vectors() -> None:
    vectors = EMBEDDER.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), EMBEDDER.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert EMBEDDER.embed([]).shape == (0, EMBEDDER.dimensions)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=12), st.randoms())
def test_a_vector_does_not_depend_on_the_batch(texts: list[str], random: object) -> None:
    together = EMBEDDER.embed([*texts, "word " * 200])
    alone = np.concatenate([EMBEDDER.embed([text]) for text in texts])
    assert np.array_equal(together[:-1], alone)


def test_more_than_one_batch_keeps_the_order() -> None:
    texts = [f"passage {i}" for i in range(embedder.BATCH + 3)]
    vectors = EMBEDDER.embed(texts)
    assert np.array_equal(vectors[-1:], EMBEDDER.embed(texts[-1:]))


def test_it_agrees_with_the_package_it_reads() -> None:
    script = (
        "import sys, wordllama, numpy, pathlib\n"
        "folder = pathlib.Path(wordllama.__file__).parent\n"
        "model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)\n"
        "numpy.save(sys.stdout.buffer, model.embed(['a harbour', 'tax law ' * 50], norm=True))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    theirs = np.frombuffer(output[-2 * 256 * 4 :], np.float32).reshape(2, 256)
    assert np.allclose(theirs, EMBEDDER.embed(["a harbour", "tax law " * 50]), atol=1e-6)


def test_the_identity_names_the_weights() -> None:
    identity = EMBEDDER.identity
    assert identity["kind"] == "wordllama"
    assert identity["dimensions"] == EMBEDDER.dimensions == 256
    assert {len(identity["weights"]), len(identity["tokenizer"])} == {64}
    assert identity == WordLlamaEmbedder().identity


def test_the_root_logger_is_left_alone() -> None:
    assert "wordllama" not in sys.modules
    assert not [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedder, "_file", lambda name: tmp_path / name)
    with pytest.raises(ProviderError, match="reinstall"):
        WordLlamaEmbedder().embed(["a"])
    with pytest.raises(ProviderError, match="reinstall"):
        _ = WordLlamaEmbedder().identity


@pytest.mark.parametrize("dimensions", [64, 128])
def test_fewer_dimensions_are_the_first_ones(dimensions: int) -> None:
    short = WordLlamaEmbedder(dimensions)
    found = short.embed(TEXTS)
    assert found.shape == (len(TEXTS), dimensions)
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    cut = EMBEDDER.embed(TEXTS[:1])[:, :dimensions]
    assert np.allclose(found[:1], cut / np.linalg.norm(cut), atol=1e-6)
    assert short.identity == EMBEDDER.identity | {"dimensions": dimensions}


def test_other_dimensions_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"dimensions is 100.*64, 128, 256"):
        WordLlamaEmbedder(100)
