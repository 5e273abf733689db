"""All scorers by kind. One that is added here is enrolled in the house checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from types import MappingProxyType
from typing import Any

from holdfast.errors import UsageError
from holdfast.evaluation.scorers.citation import Citation
from holdfast.evaluation.scorers.cost import Cost
from holdfast.evaluation.scorers.exact import Exact
from holdfast.evaluation.scorers.facts import Facts
from holdfast.evaluation.scorers.forbidden import Forbidden
from holdfast.evaluation.scorers.grounding import Grounding
from holdfast.evaluation.scorers.intent import Intent, Intents
from holdfast.evaluation.scorers.judge import Judge, Judges
from holdfast.evaluation.scorers.latency import Latency
from holdfast.evaluation.scorers.numeric import Numeric
from holdfast.evaluation.scorers.overlap import Support
from holdfast.evaluation.scorers.policy import Policy, Rules
from holdfast.evaluation.scorers.refusal import Refusal
from holdfast.evaluation.scorers.regex import Regex
from holdfast.evaluation.scorers.relevance import Relevance
from holdfast.evaluation.scorers.resolution import Resolution
from holdfast.evaluation.scorers.retrieval import Retrieval
from holdfast.evaluation.scorers.rouge import Rouge
from holdfast.evaluation.scorers.safety import Safety
from holdfast.evaluation.scorers.schema import Schema
from holdfast.evaluation.scorers.scorer import Scorer
from holdfast.evaluation.scorers.similarity import Similarity
from holdfast.evaluation.scorers.tokens import Tokens
from holdfast.evaluation.scorers.tone import Tone
from holdfast.evaluation.scorers.toxicity import Toxicity
from holdfast.evaluation.scorers.verdict import Verdict
from holdfast.ports.embedder import Embedder

KINDS: Mapping[str, Callable[..., Scorer]] = MappingProxyType(
    {
        "exact": Exact,
        "facts": Facts,
        "forbidden": Forbidden,
        "regex": Regex,
        "schema": Schema,
        "numeric": Numeric,
        "similarity": Similarity,
        "rouge": Rouge,
        "citation": Citation,
        "retrieval": Retrieval,
        "policy": Policy,
        "grounding": Grounding,
        "judge": Judge,
        "relevance": Relevance,
        "tone": Tone,
        "toxicity": Toxicity,
        "safety": Safety,
        "refusal": Refusal,
        "verdict": Verdict,
        "intent": Intent,
        "resolution": Resolution,
        "latency": Latency,
        "tokens": Tokens,
        "cost": Cost,
    }
)
"""Kind -> what makes one from its options; the kind is the module's name."""
PARTS = ("embedder", "support", "rules", "intents", "judges")
"""Fields of scorers that are handed in and cannot be written in a file."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What scorers may be given: embedder, judge of support, policy rules, intents, LLM judges."""

    embedder: Embedder | None = None
    support: Support | None = None
    rules: Rules | None = None
    intents: Intents | None = None
    judges: Judges | None = None


def build(kind: str, options: Mapping[str, Any], *, parts: Parts, name: str = "") -> Scorer:
    """A scorer from what a suite says of it.

    Raises ``UsageError`` for an unknown kind or option, an option of the wrong type or out of
    range, and a part that is needed but not there.

    >>> build("retrieval", {"metric": "mrr", "k": 10}, parts=Parts()).name
    'mrr@10'
    """
    if kind not in KINDS:
        raise UsageError(f"no scorer {kind!r}; there are {', '.join(KINDS)}")
    make: Any = KINDS[kind]
    known = {field.name: field for field in fields(make) if field.init and field.name != "name"}
    choices = {option: field for option, field in known.items() if option not in PARTS}
    given: dict[str, Any] = {"name": name} if name else {}
    for option, value in options.items():
        if option not in choices:
            there = ", ".join(choices) or "no options"
            raise UsageError(f"scorer {kind!r} has no option {option!r}; it has {there}")
        blank = _blank(choices[option])
        given[option] = _typed(value, like=blank, what=f"option {option!r} of scorer {kind!r}")
    for part in (part for part in PARTS if part in known):
        handed = getattr(parts, part)
        if handed is not None:
            given[part] = handed
        elif known[part].default is MISSING and known[part].default_factory is MISSING:
            raise UsageError(f"scorer {kind!r} needs {part}, and there is none here")
    made: Scorer = make(**given)
    return made


def _blank(field: Field[Any]) -> Any:
    """What an option is when nobody says."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _typed(value: Any, *, like: Any, what: str) -> Any:
    """The value, if it is of a default's type; whole numbers serve as numbers."""
    if isinstance(like, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(like):
        raise UsageError(f"{what} is {value!r}; it takes a {type(like).__name__}")
    return value
