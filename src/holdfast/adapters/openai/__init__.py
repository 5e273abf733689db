"""Any endpoint that speaks OpenAI's API: OpenAI, vLLM, Ollama, llama.cpp, LiteLLM and more."""

from __future__ import annotations

from holdfast.adapters.openai.embedder import OpenAIEmbedder
from holdfast.adapters.openai.model import OpenAIModel

__all__ = ["OpenAIEmbedder", "OpenAIModel"]
