"""The trained reader as ONNX with 8-bit weights, beside its tokenizer."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import torch
from model import Reader
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from torch import Tensor, nn

LARGEST = 30_000_000
"""Bytes that the reader may have."""


class One(nn.Module):
    """A reader of one pair, which needs no padding."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, kinds: Tensor) -> Tensor:
        rows = ids.shape[1] - kinds.sum()
        return self.reader(ids, kinds, torch.ones_like(ids, dtype=torch.float32), rows)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--trained", type=Path, default=Path("build/judge"))
    options.add_argument("--encoder", type=Path, required=True, help="folder of MiniLM's files")
    options.add_argument("--out", type=Path, default=Path("build/judge"))
    given = options.parse_args()
    state = load_file(given.trained / "reader.safetensors")
    reader = Reader(1 + max(int(name.split(".")[1]) for name in state if name[:7] == "layers."))
    reader.load_state_dict(state)
    export(reader.eval(), given.out / "reader.onnx")
    shutil.copyfile(given.encoder / "tokenizer.json", given.out / "tokenizer.json")


def export(reader: Reader, file: Path) -> None:
    """Raises ``SystemExit`` when the file is larger than the package may carry."""
    file.parent.mkdir(parents=True, exist_ok=True)
    ids, kinds = torch.arange(1000, 1040)[None], (torch.arange(40) >= 12).long()[None]
    length = {0: "pairs", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            One(reader), (ids, kinds), whole, input_names=["ids", "kinds"], output_names=["logits"],
            dynamic_axes={"ids": length, "kinds": length}, dynamo=False, opset_version=17,
        )  # fmt: skip
        # reduce_range keeps 8-bit sums exact on processors without VNNI.
        quantize_dynamic(
            whole, file, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )
    size = file.stat().st_size
    print(f"{file.name}: {size / 1e6:.1f} MB")
    if size > LARGEST:
        raise SystemExit(f"{size} bytes are more than {LARGEST}; train fewer layers")


if __name__ == "__main__":
    main()
