from __future__ import annotations

import json
from dataclasses import replace

from holdfast.domain.decision import Decision, GuardFinding, PromptStep, Stamp, new_id
from holdfast.domain.document import Hit


def a_stamp() -> Stamp:
    return Stamp(
        release="r" * 64,
        components={"model": "m" * 64},
        timeline=1,
        tick=7,
        corpus="c" * 64,
        space={"embedder": "e"},
        hits=(Hit("k" * 64, "d" * 64, 0.5, 0.25, 1.5, 3),),
        used=1,
        evidence="v",
        ratings=("event:@3.0",),
        prompts=(PromptStep("answer", "p", "o", "m", "f", 0, 10, 5, 0),),
        sampling={"temperature": 0.0, "seed": 0},
        cache=None,
        memory=(),
        findings=(GuardFinding("rule", "pii", "redact", "an e-mail address"),),
        latency={"total": 0.01},
        cost=0.0,
    )


def a_decision() -> Decision:
    return Decision("d-1", 1, "production", "s", "q?", "a", "answered", a_stamp())


def test_a_decision_survives_json():
    assert Decision.from_json(json.loads(json.dumps(a_decision().json()))) == a_decision()


def test_behaviour_leaves_out_where_and_how_long():
    stamp = a_stamp()
    moved = replace(stamp, timeline=9, tick=99, latency={"total": 5.0}, cache="event:@1.0")
    assert moved.behaviour() == stamp.behaviour()


def test_behaviour_sees_scores_prompts_and_findings():
    stamp = a_stamp()
    others = [
        replace(stamp, hits=(replace(stamp.hits[0], score=0.500001),)),
        replace(stamp, prompts=(replace(stamp.prompts[0], rendered="x"),)),
        replace(stamp, findings=()),
        replace(stamp, corpus="x"),
    ]
    assert len({stamp.behaviour(), *(other.behaviour() for other in others)}) == 5


def test_a_stamp_that_lacks_something_is_not_complete():
    assert a_stamp().complete
    assert not replace(a_stamp(), missing=("seed",)).complete


def test_ids_are_ordered_by_time():
    assert new_id("d", at=1_000_000) < new_id("d", at=2_000_000)
