"""The embedder that needs no download: static token vectors inside the wordllama wheel."""

from __future__ import annotations

from holdfast.adapters.wordllama.embedder import WordLlamaEmbedder

__all__ = ["WordLlamaEmbedder"]
