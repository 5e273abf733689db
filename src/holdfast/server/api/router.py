"""A router under ``/api/v1``."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast.server.body import JsonRoute
from holdfast.server.errors import ErrorReply


def rest_router(tag: str) -> APIRouter:
    """A router whose bodies are read strictly and whose errors have our shape."""
    return APIRouter(
        prefix="/api/v1",
        tags=[tag],
        route_class=JsonRoute,
        responses={"4XX": {"model": ErrorReply}, "5XX": {"model": ErrorReply}},
    )
