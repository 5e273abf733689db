"""Request bodies: JSON read strictly and within limits."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.responses import Response


class Body(BaseModel):
    """A JSON body of ours: no unknown field, no value that only looks like the right type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class JsonRequest(Request):
    """A request whose JSON is refused when it is not RFC 8259 to the letter.

    NaN, lone surrogates and broken UTF-8 would otherwise fail much later, in storage. Nesting
    is limited to 200 levels by the parser.
    """

    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as e:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {e}") from e


class JsonRoute(APIRoute):
    """A route whose handler gets a ``JsonRequest``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(JsonRequest(request.scope, request.receive))

        return handle
