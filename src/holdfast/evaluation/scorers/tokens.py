"""How many tokens the answer took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.scorer import LOWER, absent

COUNTS = ("total", "input", "output")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens as the provider counted them; lower is better."""

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = LOWER
    name: str = "tokens"
    count: str = "total"

    def __post_init__(self) -> None:
        if self.count not in COUNTS:
            raise UsageError(f"tokens to count {self.count!r}: use {', '.join(COUNTS)}")

    def __call__(self, sample: Sample) -> Score:
        given, said = sample.output.input_tokens, sample.output.output_tokens
        if not given and not said:
            return absent(self, "the provider did not count tokens")
        counts = {"total": given + said, "input": given, "output": said}
        return Score(self.name, float(counts[self.count]))
