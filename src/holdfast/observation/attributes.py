"""Attributes and where they go: a typed column, or JSON.

Names are those of OpenTelemetry's semantic conventions for generative AI (1.41, and the older
ones that are still sent), of OpenInference, and our own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, TypeAlias

import orjson

from holdfast.ports.telemetry import INT, REAL, SPANS, TEXT

Message: TypeAlias = Any

NAMES: Mapping[str, str] = {
    "gen_ai.operation.name": "operation",
    "gen_ai.provider.name": "provider",
    "gen_ai.system": "provider",
    "llm.provider": "provider",
    "llm.system": "provider",
    "gen_ai.request.model": "model",
    "llm.model_name": "model",
    "embedding.model_name": "model",
    "reranker.model_name": "model",
    "gen_ai.response.model": "response_model",
    "gen_ai.response.id": "response_id",
    "gen_ai.openai.response.system_fingerprint": "fingerprint",
    "openai.response.system_fingerprint": "fingerprint",
    "gen_ai.response.finish_reasons": "finish_reasons",
    "gen_ai.response.time_to_first_chunk": "first_chunk_seconds",
    "gen_ai.conversation.id": "session",
    "session.id": "session",
    "user.id": "user",
    "enduser.id": "user",
    "gen_ai.agent.name": "agent",
    "agent.name": "agent",
    "gen_ai.tool.name": "tool",
    "tool.name": "tool",
    "gen_ai.prompt.name": "prompt",
    "llm.prompt_template.version": "prompt_version",
    "holdfast.prompt.digest": "prompt_version",
    "gen_ai.data_source.id": "data_source",
    "gen_ai.input.messages": "input",
    "gen_ai.prompt": "input",
    "input.value": "input",
    "gen_ai.output.messages": "output",
    "gen_ai.completion": "output",
    "output.value": "output",
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.prompt_tokens": "input_tokens",
    "llm.token_count.prompt": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.completion_tokens": "output_tokens",
    "llm.token_count.completion": "output_tokens",
    "gen_ai.usage.cache_read.input_tokens": "cached_tokens",
    "gen_ai.usage.cache_read_input_tokens": "cached_tokens",
    "llm.token_count.prompt_details.cache_read": "cached_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "cache_write_tokens",
    "gen_ai.usage.cache_creation_input_tokens": "cache_write_tokens",
    "llm.token_count.prompt_details.cache_write": "cache_write_tokens",
    "gen_ai.usage.reasoning.output_tokens": "reasoning_tokens",
    "llm.token_count.completion_details.reasoning": "reasoning_tokens",
    "llm.cost.total": "cost",
    "holdfast.cost": "cost",
    "gen_ai.request.temperature": "temperature",
    "gen_ai.request.top_p": "top_p",
    "gen_ai.request.max_tokens": "max_tokens",
    "gen_ai.request.seed": "seed",
    "gen_ai.openai.request.seed": "seed",
    "holdfast.decision": "decision",
    "holdfast.release.digest": "release",
    "holdfast.timeline": "timeline",
    "holdfast.tick": "tick",
}
"""Attribute -> the column of ``spans`` that holds it. Of two for one column the first to come is
taken and the other stays among the attributes."""

KINDS: Mapping[str, tuple[str, str]] = {
    name: (column, SPANS[column]) for name, column in NAMES.items()
}
SERVICE = "service.name"
ENVIRONMENTS = ("deployment.environment.name", "deployment.environment")
SAFE = 2**63


def fits(value: Any, kind: str) -> Any:
    """The value as a column of a kind holds it exactly; ``None`` when it cannot.

    >>> fits(3.0, "int"), fits("3", "int"), fits(3, "real")
    (3, None, 3.0)
    """
    if kind == TEXT:
        return value if isinstance(value, str) else None
    if isinstance(value, bool):
        return None
    if kind == INT:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return int(value) if whole and abs(value) < SAFE else None
    if kind == REAL:
        return float(value) if isinstance(value, int | float) else None
    texts = isinstance(value, list) and all(isinstance(inner, str) for inner in value)
    return value if texts else None


def plain(value: Message) -> Any:
    """An ``AnyValue`` as what JSON knows; bytes become base64."""
    which = value.WhichOneof("value")
    if which is None:
        return None
    found = getattr(value, which)
    if which == "array_value":
        return [plain(inner) for inner in found.values]
    if which == "kvlist_value":
        return {inner.key: plain(inner.value) for inner in found.values}
    if which == "bytes_value":
        return b64encode(found).decode()
    if which == "double_value" and not isfinite(found):
        return str(found)
    return found


def mapping(attributes: Iterable[Message]) -> dict[str, Any]:
    """Attributes by name; of two with one name the later counts."""
    # A text is most common, and asking for it first is quicker than asking what it is.
    return {a.key: a.value.string_value or plain(a.value) for a in attributes}


def text(value: Any) -> str | None:
    """JSON, or nothing for what is empty.

    >>> text({"a": 1}), text({})
    ('{"a":1}', None)
    """
    return orjson.dumps(value).decode() if value else None


def origin(resource: Message) -> tuple[str | None, str | None, str | None]:
    """A resource's service and environment, and the rest of it as JSON."""
    found = mapping(resource.attributes)
    service = _taken(found, SERVICE)
    environment = None
    for name in ENVIRONMENTS:
        environment = environment or _taken(found, name)
    return service, environment, text(found)


def _taken(found: dict[str, Any], name: str) -> str | None:
    return found.pop(name) if isinstance(found.get(name), str) else None
