"""Keys and tokens, by the shapes that their issuers give them.

The patterns are written for both ``re`` and RE2. Shapes are those that issuers document so that
leaked keys can be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

Span = tuple[int, int]

KEYS = (
    # OpenAI, Anthropic and those who do as they do; Stripe.
    r"\b(?:sk|rk)-[A-Za-z0-9_-]{20,}",
    r"\b[srp]k_(?:live|test)_[A-Za-z0-9]{16,}",
    r"\bwhsec_[A-Za-z0-9+/]{24,}",
    # Amazon, Google, Azure's storage, DigitalOcean.
    r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bya29\.[A-Za-z0-9_-]{20,}",
    r"\bGOCSPX-[A-Za-z0-9_-]{20,}",
    r"\bAccountKey=[A-Za-z0-9+/]{40,}={0,2}",
    r"\bdop_v1_[0-9a-f]{64}",
    # GitHub, GitLab, npm, PyPI, Hugging Face.
    r"\bgh[pousr]_[A-Za-z0-9]{36,}",
    r"\bgithub_pat_[A-Za-z0-9_]{22,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bnpm_[A-Za-z0-9]{36}",
    r"\bpypi-[A-Za-z0-9_-]{50,}",
    r"\bhf_[A-Za-z0-9]{30,}",
    # Slack, SendGrid, Shopify.
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\bxapp-[0-9]-[A-Za-z0-9-]{20,}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    # Groq, xAI, Replicate, Perplexity, NVIDIA.
    r"\bgsk_[A-Za-z0-9]{20,}",
    r"\bxai-[A-Za-z0-9]{20,}",
    r"\br8_[A-Za-z0-9]{30,}",
    r"\bpplx-[A-Za-z0-9]{30,}",
    r"\bnvapi-[A-Za-z0-9_-]{30,}",
)
JWT = r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
"""RFC 7519: header and claims are JSON objects, so both begin the same way."""
BEGIN = r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
"""RFC 7468, and OpenPGP's armour."""
HEADER = r"(?i:\b(?:bearer|authorization\W{1,4}(?:basic|token))\s{1,3})([A-Za-z0-9._~+/=-]{12,})"
"""RFC 6750 and 7617."""
NAMED = (
    r"(?i:\b(?:pass(?:word|wd|phrase)|secret(?:[_-]?key)?|client[_-]?secret|api[_-]?key"
    r"|access[_-]?(?:token|key)|auth[_-]?token)[\"']?\s{0,3}[:=]\s{0,3}[\"']?)"
    r"([^\s\"',;&<>\[\]]{8,})"
)
"""A value that is called what it is; words alone are none, it must hold a digit."""
LOGIN = r"(?i:\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,128}:)([^\s/@\[\]]{3,256})@"
"""The password in an address (RFC 3986, user information)."""

_PRIVATE = re.compile(
    rf"{BEGIN}.*?(?:-----END (?:[A-Z0-9]{{1,12}} ){{0,3}}PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL
)
_WHOLE = re2.compile("|".join((*KEYS, JWT)))
"""Read once for all of them: with ``re`` each would be tried at every place."""
_PART = re2.compile(f"{HEADER}|{NAMED}|{LOGIN}")
SHAPES = (*KEYS, JWT, BEGIN, HEADER, NAMED, LOGIN)


def keys(text: str) -> Iterator[Span]:
    """Where keys, tokens, passwords and private keys stand.

    >>> text = "use Bearer 9f3c2b1a0d8e7f6a5b4c, please"
    >>> [text[start:end] for start, end in keys(text)]
    ['9f3c2b1a0d8e7f6a5b4c']
    """
    for pattern in (_PRIVATE, _WHOLE) if "-----BEGIN" in text else (_WHOLE,):
        for match in pattern.finditer(text):
            yield match.span()
    for match in _PART.finditer(text):
        if any(map(str.isdigit, match[match.lastindex or 0])) or "://" in match[0]:
            yield match.span(match.lastindex or 0)
