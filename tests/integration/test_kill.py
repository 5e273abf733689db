"""``kill -9`` at random moments: what was acknowledged is there, whole, and nothing needs repair.

``bench/kill.py`` does it a hundred times, and at every durable step of a small life.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.support.crash_kill import Kill, check, killed, prepared, short_lived
from tests.support.crash_steps import lived

SEEDS = (2, 3, 5, 7, 11, 13)
STEPS = 4


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    prepared(folder)
    chance = random.Random(4)
    kills = [killed(folder, seed=seed, pause=1.2 * chance.random()) for seed in SEEDS]
    assert [violation for kill in kills for violation in kill.violations] == []
    assert sum(len(kill.told) for kill in kills) > len(SEEDS)


@pytest.mark.slow
def test_a_life_may_end_at_any_durable_step(tmp_path: Path) -> None:
    whole = lived(short_lived(tmp_path / "whole"), 0)
    (count,) = (line["count"] for line in whole if "count" in line)
    chance = random.Random(1)
    for step in chance.sample(range(1, count), STEPS):
        folder = short_lived(tmp_path / f"step-{step}")
        kill = Kill(lived(folder, step), 0.0)
        check(folder, kill, chance=chance)
        assert kill.violations == [], f"step {step}"
        shutil.rmtree(folder)
