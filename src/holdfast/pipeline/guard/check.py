"""Policies applied to questions, passages and answers."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.decision import GuardFinding
from holdfast.pipeline.guard.policies import Policies
from holdfast.pipeline.guard.rule import ANSWER, BLOCK, FALLBACK, REDACT, Rule
from holdfast.pipeline.guard.sentence import next_sentence
from holdfast.privacy.fold import fold

REDACTED = "[redacted]"
CONTEXT = 400
"""Characters before a sentence that its rules read with it, so that nothing hides on the seam."""
SHORTEST = 60
"""Sentences are judged together until they are that long: each judgement reads its context too."""


@dataclass(frozen=True, slots=True)
class GuardOutcome:
    """What the policies make of a text.

    ``replaced`` says that ``text`` stands in for the whole answer (block or fallback).
    """

    text: str
    findings: tuple[GuardFinding, ...]
    replaced: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A rule met at a place of a text."""

    rule: Rule
    start: int
    end: int
    detail: str

    def finding(self, where: str) -> GuardFinding:
        rule = self.rule
        return GuardFinding(rule.name, rule.kind, rule.action, self.detail, where)


class Guard:
    """The policies of a release, ready to judge.

    >>> from holdfast.pipeline.guard import parse_policies
    >>> guard = Guard(parse_policies('''
    ... [[rules]]
    ... id = "contact"
    ... kind = "pii"
    ... action = "redact"
    ... '''))
    >>> guard.apply("Write to ann@mail.example, please.").text
    'Write to [redacted], please.'
    """

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    @property
    def fallback(self) -> str:
        """The project's own words for when it gives no answer."""
        return self._policies.fallback

    def check(self, text: str, where: str) -> list[GuardFinding]:
        """Every finding of the rules for ``where`` (question, passage or answer) in a text."""
        rules = self.rules(where)
        found = [f for absent in (False, True) for f in _find(rules, text, absent=absent)]
        return _distinct([f.finding(where) for f in found])

    def apply(self, text: str, *, where: str = ANSWER) -> GuardOutcome:
        """A text with what must not be shown taken out, or its replacement.

        Sentences are judged in order and a block ends it, exactly as in a ``GuardedStream``: the
        result is the same however the text arrives.
        """
        reading = Pass(self, where=where)
        reading.feed(text)
        return reading.outcome()

    def rules(self, where: str) -> tuple[Rule, ...]:
        """The rules that look at a place."""
        return tuple(rule for rule in self._policies.rules if where in rule.where)

    def replacement(self, rule: Rule) -> str:
        """What is said when a rule blocks or falls back."""
        return self._policies.blocked if rule.action == BLOCK else self._policies.fallback


class Pass:
    """One text on its way past the guard, sentence by sentence."""

    def __init__(self, guard: Guard, *, where: str = ANSWER) -> None:
        self._guard = guard
        self._where = where
        self._rules = guard.rules(where)
        self._text = ""
        self._next = 0
        self._safe: list[str] = []
        self._findings: list[GuardFinding] = []
        self._stopped_by: Rule | None = None

    @property
    def stopped(self) -> bool:
        """Whether a rule has blocked or replaced the text; the rest of it does not matter."""
        return self._stopped_by is not None

    def feed(self, piece: str) -> str:
        """Takes more of the text and returns what has become safe to show."""
        if not self._rules:
            self._safe.append(piece)
            return piece
        self._text += piece
        before = len(self._safe)
        while not self.stopped and (end := self._ready()) is not None:
            self._judge(end)
        return "".join(self._safe[before:])

    def outcome(self) -> GuardOutcome:
        """The verdict on the whole text; nothing may be fed afterwards."""
        if not self.stopped and self._next < len(self._text):
            self._judge(len(self._text))
        if not self.stopped:
            self._note(_find(self._rules, self._text, absent=True))
        findings = tuple(_distinct(self._findings))
        if self._stopped_by is not None:
            return GuardOutcome(self._guard.replacement(self._stopped_by), findings, replaced=True)
        return GuardOutcome("".join(self._safe), findings, replaced=False)

    def _ready(self) -> int | None:
        """The end of the next sentences that can be judged."""
        end: int | None = self._next
        while end is not None and end < self._next + SHORTEST:
            end = next_sentence(self._text, end)
        return end

    def _judge(self, end: int) -> None:
        """Judges the sentence from the last one's end to ``end``."""
        start = max(0, self._next - CONTEXT)
        found = [
            f
            for f in _find(self._rules, self._text[start:end], absent=False)
            if start + f.end > self._next
        ]
        self._note(found)
        if not self.stopped:
            spans = [
                (max(start + f.start, self._next), start + f.end)
                for f in found
                if f.rule.action == REDACT
            ]
            self._safe.append(_redacted(self._text, self._next, end, spans=spans))
        self._next = end

    def _note(self, found: list[_Found]) -> None:
        self._findings += [f.finding(self._where) for f in found]
        stops = [f.rule for f in found if f.rule.action in (BLOCK, FALLBACK)]
        if stops:
            self._stopped_by = stops[0]


class GuardedStream:
    """An answer shown while it is made, one safe sentence after the other.

    A sentence is held back until it is whole and judged. A rule that can only be judged on the
    whole answer (a required phrase that blocks) holds all of it back. After a block nothing more
    comes; ``close`` gives what ends the answer.

    >>> from holdfast.pipeline.guard import parse_policies
    >>> guard = Guard(parse_policies(""))
    >>> stream = GuardedStream(guard)
    >>> stream.feed("Nine to five."), stream.close(guard.apply("Nine to five."))
    ('Nine to five.', '')
    """

    def __init__(self, guard: Guard) -> None:
        self._pass = Pass(guard)
        stopping = [rule for rule in guard.rules(ANSWER) if rule.action in (BLOCK, FALLBACK)]
        self._held = any(rule.condition.absent for rule in stopping)
        self._shown: list[str] = []

    @property
    def text(self) -> str:
        """What has been shown so far."""
        return "".join(self._shown)

    @property
    def stopped(self) -> bool:
        """Whether a rule has ended the answer; there is no need to feed it more."""
        return self._pass.stopped

    def feed(self, piece: str) -> str:
        """Takes a piece of the answer and returns what can be shown now, often nothing."""
        safe = self._pass.feed(piece)
        return "" if self._held else self._show(safe)

    def close(self, outcome: GuardOutcome | None = None) -> str:
        """What is still to be shown: the rest of the answer, or what stands in for it.

        ``outcome`` is the guard's verdict on the whole answer; by default that on what was fed.
        """
        outcome = outcome or self._pass.outcome()
        shown = self.text
        if not outcome.replaced:
            return self._show(outcome.text[len(shown) :])
        return self._show(f"\n\n{outcome.text}" if shown else outcome.text)

    def _show(self, text: str) -> str:
        if text:
            self._shown.append(text)
        return text


def _find(rules: tuple[Rule, ...], text: str, *, absent: bool) -> list[_Found]:
    """Where a text meets the rules, in the order of the rules."""
    folded = fold(text)
    return [
        _Found(rule, *folded.span(match.start, match.end), match.detail)
        for rule in rules
        if rule.condition.absent == absent
        for match in rule.condition.find(folded)
    ]


def _redacted(text: str, start: int, end: int, *, spans: list[tuple[int, int]]) -> str:
    """``text[start:end]`` with spans replaced; those that overlap or touch become one."""
    parts: list[str] = []
    position = start
    for left, right in sorted(spans):
        if left > position or not parts:
            parts += [text[position:left], REDACTED]
        position = max(position, right)
    return "".join(parts) + text[position:end]


def _distinct(findings: list[GuardFinding]) -> list[GuardFinding]:
    return list(dict.fromkeys(findings))
