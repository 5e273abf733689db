"""The guard: rules of the project that questions, passages and answers must keep."""

from __future__ import annotations

from holdfast.pipeline.guard.check import Guard, GuardedStream, GuardOutcome
from holdfast.pipeline.guard.policies import Policies, parse_policies
from holdfast.pipeline.guard.rule import (
    ANSWER,
    BLOCK,
    FALLBACK,
    FLAG,
    PASSAGE,
    QUESTION,
    REDACT,
)

__all__ = [
    "ANSWER",
    "BLOCK",
    "FALLBACK",
    "FLAG",
    "PASSAGE",
    "QUESTION",
    "REDACT",
    "Guard",
    "GuardOutcome",
    "GuardedStream",
    "Policies",
    "parse_policies",
]
