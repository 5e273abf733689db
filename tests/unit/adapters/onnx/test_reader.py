from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from holdfast.adapters.onnx import OnnxReader
from holdfast.adapters.onnx.reader import FOLDER, TOKENIZER, WEIGHTS
from holdfast.errors import ProviderError

LARGEST = 30_000_000


def test_the_weights_are_within_the_limit() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= LARGEST


def test_the_identity_changes_with_the_weights(tmp_path: Path) -> None:
    for name in (WEIGHTS, TOKENIZER):
        shutil.copyfile(FOLDER / name, tmp_path / name)
    assert OnnxReader(tmp_path).identity == OnnxReader().identity
    with (tmp_path / WEIGHTS).open("ab") as file:
        file.write(b"\0")
    assert OnnxReader(tmp_path).identity != OnnxReader().identity


def test_missing_and_broken_weights_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"cannot read the judge's 'reader.onnx'.*reinstall"):
        _ = OnnxReader(tmp_path).identity
    (tmp_path / WEIGHTS).write_bytes(b"nothing of the kind")
    shutil.copyfile(FOLDER / TOKENIZER, tmp_path / TOKENIZER)
    with pytest.raises(ProviderError, match=r"cannot load the judge's weights.*reinstall"):
        OnnxReader(tmp_path)([("a", "b")])


def test_marks_doubt_the_word_that_the_evidence_has_not() -> None:
    claim = "Shoes can be returned within ninety days."
    (reading,) = OnnxReader()([(claim, "Shoes can be returned within thirty days.")])
    weakest = min(reading.marks, key=lambda mark: mark.logit)
    assert claim[weakest.start : weakest.end] == "ninety"
