"""What an answer costs, by the prices that providers publish."""

from __future__ import annotations

from holdfast.ports.model import Usage


def price(model: str, usage: Usage | None, *, base_url: str) -> float | None:
    """US dollars of a reply; ``None`` for a provider or model whose price is not known.

    Cached input tokens are part of the input and cost their own price, once. A machine of one's
    own has no price: only hosts of known providers have one.

    >>> price("gpt-4o", Usage(1000, 100, 500), base_url="https://api.openai.com/v1")
    0.002875
    >>> price("gpt-4o", Usage(1000, 100), base_url="http://localhost:8000/v1") is None
    True
    """
    # Takes half a second to import; only answers of an endpoint need it.
    import genai_prices

    if usage is None:
        return None
    counted = genai_prices.Usage(
        input_tokens=usage.input, cache_read_tokens=usage.cached, output_tokens=usage.output
    )
    try:
        found = genai_prices.calc_price(counted, model, provider_api_url=base_url)
    except (LookupError, ValueError):
        return None
    return float(found.total_price)
