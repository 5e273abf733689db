"""Somebody's application: asks a model, and tells Holdfast. ``application.py KIND PROVIDER``.

It knows Holdfast by its public names and the endpoint of the environment only.
"""

from __future__ import annotations

import sys

import openai

import holdfast


@holdfast.traced
def search(question: str) -> list[dict[str, object]]:
    return [{"id": "c-1", "score": 0.75, "text": f"About: {question}"}]


def main(kind: str, provider: str) -> None:
    if kind == "otel":
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    else:
        from openinference.instrumentation.openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()
    client = openai.OpenAI(base_url=provider, api_key="k", max_retries=0)
    with holdfast.decision("May I?", session="s-1", release="r1", model="tiny", seed=7) as made:
        found = search(made.question)
        holdfast.retrieved(found, query=made.question)
        reply = client.chat.completions.create(
            model="tiny",
            messages=[{"role": "user", "content": "May I?"}],
            temperature=0.5,
            seed=7,
            max_tokens=9,
        )
        made.answer = reply.choices[0].message.content
    sys.stdout.write(made.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
