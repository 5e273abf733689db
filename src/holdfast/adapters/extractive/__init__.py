"""The generator that needs no network: answers made of the documents' own sentences."""

from __future__ import annotations

from holdfast.adapters.extractive.model import REFUSAL, ExtractiveModel

__all__ = ["REFUSAL", "ExtractiveModel"]
