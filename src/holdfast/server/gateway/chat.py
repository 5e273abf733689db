"""``/v1/chat/completions``"""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response
from starlette.responses import StreamingResponse

from holdfast.pipeline.question import Question
from holdfast.server.answer import answer
from holdfast.server.gateway.question import ChatRequest, question
from holdfast.server.gateway.reply import Chunk, Completion, completion, headers
from holdfast.server.gateway.router import openai_router
from holdfast.server.gateway.stream import stream
from holdfast.server.service import Served, Service

router = openai_router()


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses={200: {"content": {"text/event-stream": {"schema": Chunk.model_json_schema()}}}},
)
async def create_chat_completion(
    request: ChatRequest,
    service: Served,
    session: Annotated[
        str,
        Header(
            alias="x-holdfast-session",
            description="Conversation that the server remembers; a single message continues it.",
        ),
    ] = "",
) -> Response:
    """Answer the last message; with ``stream`` as server-sent events."""
    asked = question(request, session=session)
    if request.stream:
        return await _stream(asked, service, include_usage=request.include_usage)
    answered = await service.run(answer, asked, service=service)
    return Response(
        completion(answered).model_dump_json(),
        headers=headers(answered.decision),
        media_type="application/json",
    )


async def _stream(asked: Question, service: Service, *, include_usage: bool) -> Response:
    events, early = await stream(asked, service=service, include_usage=include_usage)
    return StreamingResponse(
        events,
        # A proxy that gathers the pieces would defeat the purpose.
        headers={"cache-control": "no-cache", "x-accel-buffering": "no", **early},
        media_type="text/event-stream",
    )
