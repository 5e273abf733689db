"""Decisions whose text is not there: it was erased, or never kept.

What stands in its place says so, wherever a question or an answer is shown. Lengths, scores and
the stamp stay, so that figures go on counting the decision.
"""

from __future__ import annotations

from typing import Any

from holdfast.domain.decision import Decision
from holdfast.domain.digest import JsonObject, digest
from holdfast.errors import StateError

ERASED, UNKEPT = "[erased]", "[not kept]"
"""Stand where a text stood."""
TEXTS = ("question", "answer", "error")
LABELS = ("slice", "user")
"""What a caller named, and did not say."""


def unkept(value: JsonObject, *, refused: bool) -> JsonObject:
    """A decision as JSON without its text; digests and lengths stay.

    ``refused`` is whether the answer was a refusal, which nobody can tell from a length.
    """
    return _without(value, UNKEPT, refused=refused, labels=LABELS)


def erased(value: JsonObject, *, request: str, refused: bool) -> JsonObject:
    """A decision as JSON without anything its user said or was told, nor who that was.

    Digests of texts go too: a short text can be guessed by its digest.
    """
    left = _without(value, ERASED, refused=refused, labels=LABELS[:1])
    for name in TEXTS:
        left["withheld"].get(name, {}).pop("digest", None)
    return {**left, "withheld": {**left["withheld"], "request": request}}


def check_text(decision: Decision, *, what: str) -> None:
    """Whether there is text to work with. Raises ``StateError`` that says why there is none."""
    if not decision.withheld:
        return
    request = decision.withheld.get("request")
    why = f"was erased ({request})" if request else "was not kept (privacy.capture is off)"
    raise StateError(f"the text of decision {decision.id} {why}: {what}")


def _without(value: JsonObject, mark: str, *, refused: bool, labels: tuple[str, ...]) -> JsonObject:
    before: JsonObject = value.get("withheld") or {}
    withheld: JsonObject = {"refused": before.get("refused", refused)}
    for name in TEXTS:
        text = value[name]
        if name in before:
            withheld[name] = dict(before[name])
        elif text:
            withheld[name] = {"characters": len(text), "digest": digest(text)}
    stamp = dict(value["stamp"])
    stamp["findings"] = [{**finding, "detail": ""} for finding in stamp["findings"]]
    stamp["missing"] = list(dict.fromkeys([*stamp["missing"], "text"]))
    return {
        **value,
        **{name: mark if value[name] else "" for name in TEXTS},
        "metadata": {k: v for k, v in value["metadata"].items() if _tells_nothing(k, v, labels)},
        "stamp": stamp,
        "withheld": withheld,
    }


def _tells_nothing(name: str, value: Any, labels: tuple[str, ...]) -> bool:
    """Whether what was given beside the question is a flag, a number or a label."""
    return isinstance(value, bool | int | float) or (name in labels and isinstance(value, str))
