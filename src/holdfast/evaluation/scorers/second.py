"""A second opinion: where a scorer is unsure, an LLM judge decides."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.digest import JsonObject
from holdfast.domain.score import Sample, Score
from holdfast.evaluation.judge.panel import Panel
from holdfast.evaluation.scorers.judge import NEEDED, detail, identity, lacking
from holdfast.evaluation.scorers.scorer import Scorer, absent
from holdfast.evaluation.scorers.scorer import identity as identity_of


@dataclass(frozen=True, slots=True)
class Second:
    """The first scorer's word, but the judge's on samples that the first is unsure of.

    ``detail`` keeps both. A judge that fails is an error: what was open is not decided by whoever
    was unsure of it. One that cannot tell leaves the sample open.
    """

    first: Scorer
    panel: Panel
    application: str = ""

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def version(self) -> int:
        return self.first.version

    @property
    def direction(self) -> str:
        return self.first.direction

    @property
    def needs(self) -> tuple[str, ...]:
        return self.first.needs

    @property
    def threads(self) -> int:
        return self.panel.threads

    @property
    def identity(self) -> JsonObject:
        return {
            "scorer": "second",
            "first": identity_of(self.first),
            **identity(self.panel, self.application),
        }

    def __call__(self, sample: Sample) -> Score:
        said = self.first(sample)
        if not said.unsure:
            return said
        wanted = self.panel.definition.prompt.placeholders
        missing = [n for n in NEEDED if n in wanted and not getattr(sample.case, n)]
        if missing or lacking(self.panel, sample):
            what = f"the case has no {missing[0]}" if missing else "the output has no passages"
            return absent(self, f"{self.first.name} is unsure, and {what} for the judge")
        found = self.panel.judge(sample, application=self.application)
        second = detail(self.panel, found, application=self.application)
        told = {**said.detail, "first": said.value, "second": second}
        if found.verdict is None:
            return Score(self.name, None, error=found.error, unsure=True, detail=told)
        value = found.verdict if isinstance(said.value, bool) else float(found.verdict)
        return Score(self.name, value, unsure=found.disagreement > 0, detail=told)
