"""What a scorer is, and the one way to apply it."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any, Final, Protocol

from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.score import Sample, Score
from holdfast.errors import BudgetError, JudgeDownError, StorageError

HIGHER: Final = "higher"
LOWER: Final = "lower"
LABEL: Final = "label"
"""Which way is better; a label has no better."""


STOPS: Final = (BudgetError, JudgeDownError, StorageError)
"""What ends a run: nothing more can be judged, or nothing kept."""


class Scorer(Protocol):
    """Judges one sample. It may raise: ``apply`` makes a record of that.

    ``name`` is what its scores are called, ``version`` grows when its verdicts may change, and
    ``needs`` names the fields of a case without which it says nothing.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def needs(self) -> tuple[str, ...]: ...
    @property
    def direction(self) -> str: ...
    def __call__(self, sample: Sample) -> Score: ...


def apply(scorer: Scorer, sample: Sample) -> Score:
    """One score, whatever happens; raises only what ends a whole run (``STOPS``).

    ``value`` is None without ``error`` where the scorer does not apply: the case lacks a field it
    needs, or the infrastructure gave no answer (``detail`` says which).
    """
    if sample.output.error:
        return absent(scorer, f"output failed: {sample.output.error_code or 'error'}")
    for field in scorer.needs:
        if not getattr(sample.case, field, None):
            return absent(scorer, f"the case has no {field}")
    try:
        score = scorer(sample)
        flaw = _flaw(score.value)
    except STOPS:
        raise
    except Exception as e:  # noqa: BLE001 - whatever it is, it is a record
        return Score(scorer.name, None, error=f"{type(e).__name__}: {e}")
    return Score(scorer.name, None, error=flaw) if flaw else score


def absent(scorer: Scorer, reason: str) -> Score:
    """The score of a sample that a scorer does not apply to."""
    return Score(scorer.name, None, detail={"not applicable": reason})


def identity(scorer: Scorer) -> JsonObject:
    """What a scorer's verdicts depend on: its kind, version, options and parts."""
    given: Any = scorer
    if hasattr(given, "identity"):
        own: JsonObject = given.identity
        return own
    module = type(scorer).__module__.rsplit(".", maxsplit=1)[-1]
    options = fields(given) if is_dataclass(given) else ()
    return {
        "scorer": module,
        "version": scorer.version,
        **{o.name: _plain(getattr(given, o.name)) for o in options if o.init and o.name != "name"},
    }


def address(scorer: Scorer) -> str:
    """Digest of a scorer's identity: stored scores are filed under it."""
    return digest(identity(scorer))


def _plain(value: Any) -> Any:
    if hasattr(value, "identity"):
        return value.identity
    return list(value) if isinstance(value, tuple) else value


def _flaw(value: object) -> str:
    """What is wrong with a score's value, or nothing."""
    if value is not None and not isinstance(value, bool | int | float | str):
        return f"{type(value).__name__} is no score; give a bool, number, text or None"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value!r} is no score"
    return "the label is empty" if value == "" else ""
