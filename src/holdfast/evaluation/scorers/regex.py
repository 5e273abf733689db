"""The answer has a form, or has not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import re2

from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.scorer import HIGHER

LONGEST_PATTERN = 2_000
SHOWN = 80


def compiled(pattern: str) -> Any:
    """A pattern of RE2: no look-around, no back-references, and time linear in the text.

    Raises ``UsageError``.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise UsageError(
            f"a pattern of {len(pattern)} characters is too long; {LONGEST_PATTERN} are the most"
        )
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as e:
        reason = e.args[0].decode() if isinstance(e.args[0], bytes) else e.args[0]
        raise UsageError(
            f"pattern {pattern!r} is none of RE2's: {reason}; it has no look-around and no "
            "back-references, so that no answer can make it run for ever"
        ) from e


@dataclass(frozen=True, slots=True)
class Regex:
    """An assertion: the pattern is found in the answer, or, with ``absent``, is not.

    Syntax: RE2. ``(?i)`` at the front ignores case, ``^...$`` takes the whole answer.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    name: str = "regex"
    pattern: str = ""
    absent: bool = False
    _compiled: Any = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.pattern:
            raise UsageError(f"scorer {self.name!r} needs a pattern")
        object.__setattr__(self, "_compiled", compiled(self.pattern))

    def __call__(self, sample: Sample) -> Score:
        match = self._compiled.search(sample.output.answer)
        found = match[0][:SHOWN] if match else ""
        return Score(self.name, (match is None) == self.absent, detail={"found": found})
