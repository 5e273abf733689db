"""A router under ``/v1``."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast.server.body import JsonRoute
from holdfast.server.errors import OpenAIErrorReply


def openai_router() -> APIRouter:
    """A router whose bodies are read strictly and whose errors have OpenAI's shape."""
    return APIRouter(
        prefix="/v1",
        tags=["OpenAI-compatible"],
        route_class=JsonRoute,
        responses={"4XX": {"model": OpenAIErrorReply}, "5XX": {"model": OpenAIErrorReply}},
    )
