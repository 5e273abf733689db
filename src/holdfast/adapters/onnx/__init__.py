"""The embedded judge's reader: a small transformer inside the package, run by ONNX Runtime."""

from __future__ import annotations

from holdfast.adapters.onnx.reader import OnnxReader

__all__ = ["OnnxReader"]
