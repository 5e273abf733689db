"""What can be watched of decisions, by name: one number, label or text of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from holdfast.domain.dataset import Case
from holdfast.domain.decision import ANSWERED
from holdfast.domain.score import Output, Sample
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.tone import Tone
from holdfast.observation import outcome
from holdfast.observation.drift.behaviour import DESCRIPTORS, describe
from holdfast.observation.drift.seen import Seen
from holdfast.observation.language import language
from holdfast.observation.measure import MEASURES, SCORE, measure

__all__ = ["SIGNALS", "Signal", "signal"]

Value: TypeAlias = float | bool | str | None
"""None: the decision says nothing about it."""
Kind: TypeAlias = Literal["number", "label", "text", "scores", "repeat"]
EVERY = "score.*"
"""Every scorer that scored decisions, each version of it apart."""


@dataclass(frozen=True, slots=True)
class Signal:
    """How a decision is looked at. Of a ``text`` its meaning is watched, by embedding it.

    A ``repeat`` is held against earlier decisions of the same question: see ``repeats``.
    """

    name: str
    kind: Kind
    about: str
    of: Callable[[Seen], Value]


def _asked(of: Callable[[Seen], Value]) -> Callable[[Seen], Value]:
    """A question that was erased, or never kept, says nothing."""
    return lambda seen: of(seen) if seen.fact.told else None


def _answered(of: Callable[[Seen], Value]) -> Callable[[Seen], Value]:
    """Only answers tell of answers: a failure or a guard's words are no behaviour."""
    return lambda seen: of(seen) if seen.fact.status == ANSWERED and seen.answer else None


def _descriptor(place: int) -> Callable[[Seen], Value]:
    return lambda seen: _described(seen.answer)[place]


@lru_cache(maxsize=4_096)
def _described(answer: str) -> tuple[float, ...]:
    """All descriptors of an answer: each is a signal, and asks for it."""
    return tuple(describe([answer])[0].tolist())


def _form(seen: Seen) -> Value:
    """The plainest word for how an answer is laid out."""
    text = seen.answer
    if "```" in text:
        return "code"
    if "|---" in text.replace(" ", ""):
        return "table"
    if _described(text)[DESCRIPTORS.index("list lines")] > 1:
        return "list"
    if text.lstrip().startswith(("{", "[")):
        return "json"
    return "paragraphs" if "\n\n" in text.strip() else "one paragraph"


def _tone(seen: Seen) -> Value:
    output = Output(seen.fact.decision, 0, seen.answer, seen.fact.status)
    said = Tone()(Sample(Case(seen.fact.decision, seen.fact.question), output)).value
    return said if isinstance(said, str) else None


def _best(of: Callable[[Seen], Value]) -> Callable[[Seen], Value]:
    return lambda seen: of(seen) if seen.found else None


def _outcome(seen: Seen) -> Value:
    said = seen.fact.outcome
    return said if said and said != outcome.LAST else None


_ALL = (
    Signal("question.meaning", "text", "what is asked", _asked(lambda s: s.fact.question)),
    Signal("question.length", "number", "characters of the question",
           _asked(lambda s: float(len(s.fact.question)))),
    Signal("question.language", "label", "language or script of the question",
           _asked(lambda s: language(s.fact.question) or "unclear")),
    Signal("answer.meaning", "text", "what is answered", _answered(lambda s: s.answer)),
    Signal("answer.format", "label", "paragraphs, list, table, code or JSON", _answered(_form)),
    Signal("answer.tone", "label", "how the answer sounds", _answered(_tone)),
    Signal("answer.refusal", "label", "whether it is refused",
           lambda s: None if s.fact.error_code else s.fact.refused),
    *(
        Signal(f"answer.{name.replace(' ', '-')}", "number", f"{name} of the answer",
               _answered(_descriptor(place)))
        for place, name in enumerate(DESCRIPTORS)
        if name != "refusal"
    ),
    Signal("answer.change", "repeat", "whether a question that recurs is answered as it was",
           lambda _: None),
    Signal("retrieval.churn", "repeat", "how a question that recurs ranks its passages anew",
           lambda _: None),
    Signal("retrieval.overlap", "repeat", "passages that a question that recurs no longer finds",
           lambda _: None),
    Signal("retrieval.similarity", "number", "cosine of the best passage to the question",
           _best(lambda s: s.found[0].similarity)),
    Signal("retrieval.lexical", "number", "BM25 score of the best passage",
           _best(lambda s: s.found[0].lexical)),
    Signal("retrieval.lead", "number", "how far the best passage is ahead of the last",
           _best(lambda s: s.found[0].similarity - s.found[-1].similarity)),
    Signal("retrieval.passages", "number", "passages in the prompt",
           lambda s: float(len(s.found))),
    Signal("retrieval.document", "label", "path of the document found first",
           _best(lambda s: s.found[0].path)),
    Signal("user.outcome", "label", "what came next in the conversation", _outcome),
    Signal("user.feedback", "label", "thumbs up or down, of those given",
           lambda s: s.fact.feedback or None),
    Signal(EVERY, "scores", "what online scoring says, by scorer and version of it",
           lambda _: None),
)  # fmt: skip
SIGNALS: Mapping[str, Signal] = MappingProxyType({one.name: one for one in _ALL})
"""All signals by name; every measure of decisions is one too."""


def signal(name: str) -> Signal:
    """The signal of a name. Raises ``UsageError`` that names close ones.

    >>> signal("answer.format").kind, signal("latency").kind
    ('label', 'number')
    """
    if name in SIGNALS:
        return SIGNALS[name]
    if name.startswith(SCORE) and name != SCORE:
        return Signal(name, "scores", f"scores of {name.removeprefix(SCORE)}", lambda _: None)
    try:
        found = measure(name)
    except UsageError:
        close = get_close_matches(name, [*SIGNALS, *MEASURES], n=3)
        there = ", ".join([*SIGNALS, *MEASURES])
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {there}"
        raise UsageError(f"no signal {name!r}; {hint}") from None
    return Signal(name, "number", found.about, lambda s: found.of(s.fact))
