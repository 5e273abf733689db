from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.decision import ANSWERED, Decision, GuardFinding, Stamp
from holdfast.domain.digest import digest
from holdfast.domain.withheld import check_text, erased, unkept
from holdfast.errors import StateError

STAMP = Stamp(
    release="r",
    components={},
    timeline=1,
    tick=2,
    corpus="c",
    space={},
    hits=(),
    used=0,
    evidence="",
    ratings=(),
    prompts=(),
    sampling={},
    cache=None,
    memory=(),
    findings=(GuardFinding("limit", "numeric_limit", "flag", "40 %"),),
    latency={},
    cost=0.5,
)
DECISION = Decision(
    "d-1",
    3,
    "production",
    "s-1",
    "Am I Ann?",
    "You are.",
    ANSWERED,
    STAMP,
    metadata={
        "user": "ann",
        "slice": "names",
        "history": [["a", "b"]],
        "cache": False,
        "note": "x",
    },
)


def test_what_is_not_kept_is_known_by_digest_and_length() -> None:
    left = Decision.from_json(unkept(DECISION.json(), refused=True))
    assert (left.question, left.answer, left.error) == ("[not kept]", "[not kept]", "")
    assert left.withheld["question"] == {"characters": 9, "digest": digest("Am I Ann?")}
    assert left.withheld["refused"] is True
    assert left.metadata == {"user": "ann", "slice": "names", "cache": False}
    assert left.stamp == replace(
        STAMP,
        findings=(GuardFinding("limit", "numeric_limit", "flag", ""),),
        missing=("text",),
    )


def test_what_is_erased_is_known_by_length_alone() -> None:
    left = Decision.from_json(erased(DECISION.json(), request="e-1", refused=False))
    assert left.question == "[erased]"
    assert left.withheld["question"] == {"characters": 9}
    assert left.metadata == {"slice": "names", "cache": False}
    assert "ann" not in str(left).lower()


def test_what_was_not_kept_can_be_erased() -> None:
    once = unkept(DECISION.json(), refused=True)
    left = erased(once, request="e-1", refused=False)
    assert left["withheld"] == {
        "refused": True,
        "question": {"characters": 9},
        "answer": {"characters": 8},
        "request": "e-1",
    }
    assert once["withheld"]["question"]["digest"]
    assert left["stamp"]["missing"] == ["text"]


def test_who_needs_text_is_told_why_there_is_none() -> None:
    check_text(DECISION, what="no matter")
    for left, why in (
        (unkept(DECISION.json(), refused=False), "was not kept"),
        (erased(DECISION.json(), request="e-1", refused=False), r"was erased \(e-1\)"),
    ):
        with pytest.raises(StateError, match=f"d-1 {why}.*: nothing to do"):
            check_text(Decision.from_json(left), what="nothing to do")
