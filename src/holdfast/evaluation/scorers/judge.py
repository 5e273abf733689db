"""An LLM judge as a scorer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from holdfast.domain.digest import JsonObject, short
from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.judge.panel import Panel
from holdfast.evaluation.judge.prompt import PASSAGES
from holdfast.evaluation.judge.vote import Judgement
from holdfast.evaluation.scorers.scorer import HIGHER, absent

NEEDED = ("reference", "facts", "forbidden")
"""Fields of a case that a prompt may need."""

Judges: TypeAlias = Callable[[str], Panel]
"""The judge of a name. Raises ``NotFoundError``, ``SettingsError``."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What the judge of a name says: an assertion at the calibrated threshold of an application.

    With ``verdict = false`` the mark itself, 0 to 1. A judge that failed is an error, never a
    number; one that cannot tell, or is split evenly, leaves the sample open. ``unsure`` when its
    members disagree. ``detail`` keeps every vote, and whether the judge was ever calibrated.
    """

    version: ClassVar[int] = 1
    direction: ClassVar[str] = HIGHER
    judges: Judges
    judge: str = ""
    application: str = ""
    verdict: bool = True
    name: str = "judge"
    panel: Panel = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if not self.judge:
            raise UsageError(
                f"scorer {self.name!r}: which judge? give options = {{ judge = NAME }}"
            )
        object.__setattr__(self, "panel", opened(self.judges, self.judge))

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(n for n in NEEDED if n in self.panel.definition.prompt.placeholders)

    @property
    def threads(self) -> int:
        return self.panel.threads

    @property
    def identity(self) -> JsonObject:
        return {
            "scorer": "judge",
            "version": self.version,
            "verdict": self.verdict,
            **identity(self.panel, self.application),
        }

    def __call__(self, sample: Sample) -> Score:
        if lacking(self.panel, sample):
            return absent(self, "the output has no passages")
        found = self.panel.judge(sample, application=self.application)
        value = found.verdict if self.verdict else found.mark
        told = detail(self.panel, found, application=self.application)
        if value is None and found.error:
            return Score(self.name, None, error=found.error, detail=told)
        unsure = value is None or found.disagreement > 0
        return Score(self.name, value, unsure=unsure, detail=told)


def panel_of(scorer: object) -> Panel | None:
    """The judge that a scorer asks, if it asks one."""
    panel = getattr(scorer, "panel", None)
    return panel if isinstance(panel, Panel) else None


def opened(judges: Judges, name: str) -> Panel:
    """The judge of a name, if it judges single answers."""
    panel = judges(name)
    if panel.definition.terms.kind == "pair":
        raise UsageError(
            f"judge {name!r} compares two answers; 'holdfast judge pairwise' uses it, a suite "
            "needs one of kind 'verdict' or 'score'"
        )
    return panel


def lacking(panel: Panel, sample: Sample) -> bool:
    """Whether the judge's prompt shows passages and there are none."""
    return PASSAGES in panel.definition.prompt.placeholders and not sample.output.passages


def identity(panel: Panel, application: str) -> JsonObject:
    """What the verdicts of a judge depend on, its threshold too."""
    return {"judge": panel.definition.digest, "threshold": panel.threshold(application)}


def detail(panel: Panel, found: Judgement, *, application: str) -> dict[str, Any]:
    """What a judge's score rests on."""
    return {
        "judge": panel.name,
        "digest": short(panel.definition.digest),
        "calibrated": application in panel.calibrations,
        "mark": found.mark,
        "threshold": panel.threshold(application),
        "disagreement": round(found.disagreement, 6),
        "votes": [vote.shown() for vote in found.votes],
    }
