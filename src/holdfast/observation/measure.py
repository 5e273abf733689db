"""What can be measured of a decision: one number, yes or no, or nothing, by name.

Objectives, figures and exports all use these, so that a name means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, TypeAlias

from holdfast.domain.decision import ANSWERED, BLOCKED, FAILED
from holdfast.errors import UsageError
from holdfast.observation import outcome
from holdfast.observation.fact import TOTAL, Fact

EXECUTION: Final = "execution"
DECISION: Final = "decision"
"""Whether the machine works, and whether it is right."""

Value: TypeAlias = float | bool | None
"""None: the decision says nothing about it, and enters no denominator."""

LATENCY: Final = "latency."
"""With a stage's name after it: seconds of that stage."""
SCORE: Final = "score."
"""With a scorer's name after it: what online scoring found."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How a decision is measured; ``good`` says which way is better (None: neither)."""

    name: str
    row: str
    unit: str
    good: str | None
    about: str
    of: Callable[[Fact], Value]


def _resolved(fact: Fact) -> Value:
    if fact.status == FAILED:
        return None
    if fact.outcome == outcome.THANKED:
        return True
    if fact.refused or fact.status == BLOCKED or fact.outcome in outcome.BAD:
        return False
    said = fact.scores.get("resolution")
    return said >= 0.5 if isinstance(said, float | int) else True  # noqa: PLR2004


def _grounded(fact: Fact) -> Value:
    said = fact.scores.get("grounding")
    return said >= 1.0 if isinstance(said, float | int) else None


def _safe(fact: Fact) -> Value:
    said = fact.scores.get("safety")
    return bool(said) if said is not None else None


def _wrong_hit(fact: Fact) -> Value:
    """Only hits that somebody or something judged can be right or wrong."""
    if not fact.cached:
        return None
    if fact.feedback in ("down", "correct") or fact.outcome in outcome.BAD:
        return True
    return False in fact.labels.values() or _grounded(fact) is False


def _feedback(fact: Fact) -> Value:
    return fact.feedback == "up" if fact.feedback else None


def _good(fact: Fact) -> Value:
    return fact.labels.get("good")


def _answered(fact: Fact, value: Value) -> Value:
    """Nothing is said of an answer that there is not."""
    return None if fact.status == FAILED else value


def _friendly(fact: Fact) -> Value:
    said = fact.scores.get("tone")
    return said not in ("hostile", "dismissive") if isinstance(said, str) else None


def _next(*outcomes: str) -> Callable[[Fact], Value]:
    """What came next in the conversation, of those that went on or were given up."""

    def of(fact: Fact) -> Value:
        return None if fact.outcome in ("", outcome.LAST) else fact.outcome in outcomes

    return of


def _score(name: str) -> Callable[[Fact], Value]:
    def of(fact: Fact) -> Value:
        said = fact.scores.get(name)
        return None if isinstance(said, str) else said

    return of


_ALL = (
    Measure("availability", EXECUTION, "", "higher", "an answer was given or withheld on purpose",
            lambda f: f.status != FAILED),
    Measure("latency", EXECUTION, "s", "lower", "seconds from question to answer",
            lambda f: f.latency.get(TOTAL)),
    Measure("stamp", EXECUTION, "", "higher", "the stamp is complete", lambda f: f.complete),
    Measure("grounded", DECISION, "", "higher", "every claim is supported by a passage",
            _grounded),
    Measure("hallucinated", DECISION, "", "lower", "a claim is supported by no passage",
            lambda f: None if (said := _grounded(f)) is None else not said),
    Measure("policy", DECISION, "", "higher", "the answer met no rule of the guard",
            lambda f: _answered(f, not f.broken)),
    Measure("resolved", DECISION, "", "higher",
            "the user got what was wanted: not refused, asked again, escalated or given up",
            _resolved),
    Measure("thanked", DECISION, "", "higher", "the user thanked next", _next(outcome.THANKED)),
    Measure("rephrased", DECISION, "", "lower", "the user asked the same again in other words",
            _next(outcome.REPHRASED)),
    Measure("escalated", DECISION, "", "lower", "the user asked for a person, or complained",
            _next(outcome.ESCALATED)),
    Measure("gave-up", DECISION, "", "lower", "the user left without an answer",
            _next(outcome.GAVE_UP)),
    Measure("relevance", DECISION, "", "higher", "the answer is about the question",
            _score("relevance")),
    Measure("safe", DECISION, "", "higher", "no mark of a harmful answer", _safe),
    Measure("tone", DECISION, "", "higher", "neither hostile nor dismissive", _friendly),
    Measure("helpful", DECISION, "", "higher", "not refused",
            lambda f: _answered(f, not f.refused)),
    Measure("refused", DECISION, "", "lower", "the answer refuses, or the guard withheld it",
            lambda f: _answered(f, f.refused)),
    Measure("whole", DECISION, "", "higher", "not cut off at the longest answer",
            lambda f: _answered(f, not f.truncated)),
    Measure("length", DECISION, "characters", None, "characters of the answer",
            lambda f: f.length if f.status == ANSWERED else None),
    Measure("formatted", DECISION, "", None, "lists, tables, headings or code in the answer",
            lambda f: f.formatted if f.status == ANSWERED and f.told else None),
    Measure("language", DECISION, "", "higher", "the answer is in the question's language",
            lambda f: f.spoken if f.status == ANSWERED else None),
    Measure("feedback", DECISION, "", "higher", "thumbs up, of those given", _feedback),
    Measure("good", DECISION, "", "higher", "a person labelled it good", _good),
    Measure("tokens", DECISION, "tokens", "lower", "input and output tokens",
            lambda f: f.input_tokens + f.output_tokens),
    Measure("cost", DECISION, "USD", "lower", "price of the answer", lambda f: f.cost),
    Measure("cached", DECISION, "", None, "the answer came from the cache", lambda f: f.cached),
    Measure("wrong-hit", DECISION, "", "lower", "of cache hits, those that were wrong",
            _wrong_hit),
    Measure("evidence", DECISION, "", "higher", "passages were found", lambda f: f.passages > 0),
    Measure("similarity", DECISION, "", "higher", "cosine of the best passage to the question",
            lambda f: f.similarity if f.passages else None),
)  # fmt: skip
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})
"""All measures by name; ``latency.STAGE`` and ``score.SCORER`` are made when they are asked for."""


def measure(name: str) -> Measure:
    """The measure of a name. Raises ``UsageError`` that names close ones.

    >>> measure("latency.generate").unit
    's'
    """
    if name in MEASURES:
        return MEASURES[name]
    if name.startswith(LATENCY) and name != LATENCY:
        stage = name.removeprefix(LATENCY)
        return Measure(
            name, EXECUTION, "s", "lower", f"seconds of {stage}", lambda f: f.latency.get(stage)
        )
    if name.startswith(SCORE) and name != SCORE:
        scorer = name.removeprefix(SCORE)
        return Measure(name, DECISION, "", "higher", f"score of {scorer}", _score(scorer))
    close = get_close_matches(name, MEASURES, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(MEASURES)}"
    raise UsageError(f"no measure {name!r}; {hint} (also latency.STAGE and score.SCORER)")
