"""Which attributes hold what somebody said, and what stands there when no text is kept."""

from __future__ import annotations

from holdfast.domain.digest import digest

SAID = frozenset(
    """
    gen_ai.input.messages gen_ai.output.messages gen_ai.system_instructions gen_ai.prompt
    gen_ai.completion gen_ai.tool.definitions gen_ai.tool.call.arguments gen_ai.tool.call.result
    gen_ai.retrieval.query.text gen_ai.retrieval.documents gen_ai.evaluation.explanation
    input.value output.value llm.tools llm.function_call llm.prompts llm.completions metadata
    tool.parameters exception.message exception.stacktrace db.query.text db.statement
    """.split()
)
"""Attributes that are text whatever they hold."""
SAID_BELOW = (
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.prompt_template.",
    "llm.prompts.",
    "llm.completions.",
    "retrieval.documents.",
    "reranker.",
    "embedding.embeddings.",
    "gen_ai.prompt.0",
    "gen_ai.completion.0",
)
"""What such attributes begin with: OpenInference writes a list as one attribute for each field."""
LONGEST = 200
"""Characters from which any text counts as something that was said."""
NAMED = ("document.id", "document.score", "message.role", "version", "model_name", "top_k")
"""Endings of attributes among those that name, count or order."""
PEOPLE = frozenset({"user.id", "enduser.id", "session.id", "gen_ai.conversation.id"})
"""Attributes that name somebody: what tells who it is becomes a name that does not."""
LABELS = frozenset(
    """
    gen_ai.agent.name agent.name gen_ai.tool.name tool.name gen_ai.request.model
    gen_ai.response.model llm.model_name gen_ai.data_source.id gen_ai.prompt.name
    holdfast.environment holdfast.status
    """.split()
)
"""Attributes that may have a space in them and are no text."""


def is_text(key: str, value: str = "") -> bool:
    """Whether an attribute holds text: by its name, or because it looks like a sentence.

    >>> is_text("input.value"), is_text("shop.note", "call me back"), is_text("shop.note", "A-17")
    (True, True, False)
    """
    if key in SAID:
        return True
    if key.startswith(SAID_BELOW):
        return not key.endswith(NAMED)
    if key in LABELS:
        return False
    return len(value) > LONGEST or any(map(str.isspace, value))


def placeholder(text: str) -> str:
    """What stands where a text stood: how long it was, and its digest.

    >>> placeholder("Can I return shoes?")[:45]
    '[not kept: 19 characters, sha256 e0fce4ba237f'
    """
    return f"[not kept: {len(text)} characters, sha256 {digest(text)}]"
