"""What of a decision is kept: without what the settings take out, or without any text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from holdfast.domain.decision import Decision
from holdfast.domain.withheld import UNKEPT, unkept
from holdfast.evaluation.scorers.refusal import refuses
from holdfast.observation.fact import REFUSES
from holdfast.pipeline.question import Question
from holdfast.pipeline.record import Kept
from holdfast.pipeline.run import Draft
from holdfast.privacy.redact import Redactor
from holdfast.settings import PrivacySettings

USER = "user"
ASKED = ("question", "given")
"""Fields whose words an answer rests on: without them it cannot be made again."""


class Keeper:
    """Applies ``[privacy]`` to everything that decisions leave on the ledger."""

    def __init__(self, settings: PrivacySettings) -> None:
        self._redactor = Redactor(settings)
        self._capture = settings.capture

    @classmethod
    def of(cls, settings: PrivacySettings) -> Keeper:
        """The keeper of some settings; made once."""
        return _keeper(settings.model_dump_json())

    def named(self, question: Question) -> Question:
        """A question whose session and user are called by names that do not tell who they are."""
        metadata = dict(question.metadata)
        if isinstance(metadata.get(USER), str):
            metadata[USER] = self.name(metadata[USER])
        session = self.name(question.session) if question.session else ""
        return replace(question, session=session, metadata=metadata)

    def name(self, name: str) -> str:
        """A name of somebody as it is recorded."""
        return self._redactor.name(name)

    def text(self, text: str) -> str:
        """A comment as it is recorded."""
        if not self._capture:
            return UNKEPT if text else ""
        return self._redactor.text(text)[0]

    def redacted(self, text: str) -> str:
        """A text as it would be recorded if texts are."""
        return self._redactor.text(text)[0]

    def keep(self, draft: Draft) -> Kept:
        """A draft as it is recorded.

        Nothing that was redacted is cached: whoever asks next would be told ``[email]``.
        """
        decision, counts = self._redact(draft.decision)
        if any(counts.get(field) for field in ASKED):
            missing = (*decision.stamp.missing, "redacted words")
            decision = replace(decision, stamp=replace(decision.stamp, missing=missing))
        asked, _ = self._redactor.text(draft.asked)
        if self._capture:
            return Kept(decision, asked, remembered=True, cached=not counts)
        refused = refuses(decision.answer) >= REFUSES
        left = Decision.from_json(unkept(decision.json(), refused=refused))
        return Kept(left, "", remembered=False, cached=False)

    def _redact(self, decision: Decision) -> tuple[Decision, dict[str, dict[str, int]]]:
        counts: dict[str, dict[str, int]] = {}

        def clean(field: str, value: Any) -> Any:
            left, found = self._redactor.value(value)
            if found:
                counts[field] = dict(Counter(counts.get(field, {})) + found)
            return left

        given: Mapping[str, Any] = decision.metadata
        findings = tuple(
            replace(finding, detail=clean("findings", finding.detail))
            for finding in decision.stamp.findings
        )
        made = replace(
            decision,
            question=clean("question", decision.question),
            answer=clean("answer", decision.answer),
            error=clean("error", decision.error),
            metadata={k: v if k == USER else clean("given", v) for k, v in given.items()},
            stamp=replace(decision.stamp, findings=findings),
        )
        return replace(made, redacted=counts), counts


@lru_cache(maxsize=16)
def _keeper(settings: str) -> Keeper:
    return Keeper(PrivacySettings.model_validate_json(settings))
