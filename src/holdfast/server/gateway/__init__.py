"""The OpenAI-compatible routes: an environment is a model."""

from __future__ import annotations

from holdfast.server.gateway import chat, embeddings, models

ROUTERS = (chat.router, models.router, embeddings.router)
