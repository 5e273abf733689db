from __future__ import annotations

import pytest

from holdfast.pipeline.stages import Stages


def test_a_stage_that_comes_twice_adds_up() -> None:
    stages = Stages()
    with stages("prompt"):
        pass
    once = stages.seconds()["prompt"]
    with stages("prompt"):
        sum(range(100_000))
    seconds = stages.seconds()
    assert list(seconds) == ["prompt", "total"]
    assert once < seconds["prompt"] <= seconds["total"]


def test_a_stage_that_fails_has_taken_its_time_too() -> None:
    stages = Stages()
    with pytest.raises(ValueError, match="no"), stages("generate"):
        raise ValueError("no")
    assert "generate" in stages.seconds()
