"""When an earlier answer may be given again.

A cached answer is found by three things that must all be equal: the release, the evidence that
retrieval returned, and what the question means. Meaning is decided by words, not by vectors:
"with" and "without" are neighbours in every embedding.
"""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.domain.digest import digest
from holdfast.pipeline.signature import signature


def evidence_digest(chunks: Iterable[str]) -> str:
    """Digest of a set of chunk ids, whatever their order.

    >>> evidence_digest(["a", "b"]) == evidence_digest(["b", "a", "b"])
    True
    """
    return digest(sorted(set(chunks)))


def question_key(question: str) -> str:
    """What a question asks, in words: equal only for questions that differ in courtesies.

    >>> question_key("Hi! What is the fee, please?") == question_key("What is the fee?")
    True
    >>> question_key("What is the fee?") == question_key("What was the fee?")
    False
    """
    return signature(question)


def cache_key(release: str, *, evidence: str, history: str, question: str) -> str:
    """``release/evidence/question``, the key of an entry in the ``cache`` store.

    ``release``, ``evidence`` and ``history`` are digests; ``history`` is of all that was said and
    given besides the question: after other words the same question is another one.
    """
    return f"{release}/{evidence}/{digest([question_key(question), history])}"
