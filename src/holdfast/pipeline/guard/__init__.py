"""The guard: rules of the project that questions, passages and answers must keep."""

from __future__ import annotations

from holdfast.pipeline.guard.check import Guard, GuardedStream, GuardOutcome
from holdfast.pipeline.guard.policies import Policies, parse_policies
from holdfast.pipeline.guard.rule import BLOCK, FALLBACK, FLAG, REDACT

__all__ = [
    "BLOCK",
    "FALLBACK",
    "FLAG",
    "REDACT",
    "Guard",
    "GuardOutcome",
    "GuardedStream",
    "Policies",
    "parse_policies",
]
