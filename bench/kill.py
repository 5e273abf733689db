"""``kill -9`` while a whole project is at work, again and again; then at every durable step.

A child process ingests changing documents, asks, rates, deploys, rolls back, snapshots and cleans
up from eleven threads and says what was acknowledged. It is killed at a random moment; a new
process opens the project without any repair and checks that all of it is there and whole. With
``--steps`` a small life is also killed before and after each thing that reaches the disk.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from table import show

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.crash_audit import audit
from tests.support.crash_kill import Kill, check, killed, litter, prepared, short_lived
from tests.support.crash_steps import lived

PER_PROJECT = 20
"""Kills after which a new project begins."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="5 kills")
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=1000)
    options.add_argument("--steps", action="store_true", help="also at every durable step")
    given = options.parse_args()
    kills = 5 if given.quick else given.kills
    with tempfile.TemporaryDirectory(prefix="holdfast-kill-") as scratch:
        violations = at_random(Path(scratch), kills, seed=given.seed)
        if given.steps:
            violations += at_steps(Path(scratch))
    assert not violations, f"{len(violations)} violations"


def at_random(scratch: Path, count: int, *, seed: int) -> list[str]:
    """Kill at random moments; prints what was under way and what was found."""
    kills: list[Kill] = []
    left: list[Path] = []
    later: list[str] = []
    for number in range(count):
        folder = scratch / f"project-{number // PER_PROJECT}"
        if not folder.exists():
            prepared(folder)
        kills.append(killed(folder, seed=seed + number))
        line(number, kills[-1])
        if number % PER_PROJECT == PER_PROJECT - 1 or number == count - 1:
            later += audited(folder)
            left += litter(folder)
    under_way = Counter(step for kill in kills for step in kill.under_way)
    told = Counter[str]()
    refused = Counter[str]()
    for kill in kills:
        told += kill.counts()
        refused += kill.refusals()
    steps = sorted(told | under_way | refused)
    show(
        f"kill -9 at {count} random moments",
        inputs=f"eleven threads; {sum(kill.taken_over for kill in kills)} documents were claimed "
        f"or queued by the dead and came in afterwards; {len(left)} files left by the dead",
        columns=("step", "under way at the kill", "acknowledged and found", "refused"),
        rows=[[step, under_way[step], told[step], refused[step]] for step in steps],
    )
    return report([violation for kill in kills for violation in kill.violations] + later)


def audited(folder: Path) -> list[str]:
    """Every answer of a project's whole history comes from one cut."""
    from holdfast.bootstrap import open_project

    with open_project(folder) as project:
        return audit(project, replays=100)


def at_steps(scratch: Path) -> list[str]:
    """Kill a small life before and after everything that reaches the disk."""
    began = time.perf_counter()
    whole = lived(short_lived(scratch / "whole"), 0)[-1]
    kinds = Counter(whole["names"])
    violations: list[str] = []
    for step in range(1, whole["count"] + 1):
        folder = short_lived(scratch / f"step-{step}")
        kill = Kill(lived(folder, step), 0.0)
        check(folder, kill, chance=random.Random(step))
        name = whole["names"][step - 1]
        violations += [f"step {step} ({name}): {violation}" for violation in kill.violations]
        print(f"\rstep {step} of {whole['count']}", end="", file=sys.stderr)
        shutil.rmtree(folder)
    print(file=sys.stderr)
    show(
        f"kill -9 at each of {whole['count']} durable steps of one life",
        inputs=f"{time.perf_counter() - began:.0f} s",
        columns=("step", "kills"),
        rows=sorted(kinds.items()),
    )
    return report(violations)


def line(number: int, kill: Kill) -> None:
    told = ", ".join(f"{count} {step}" for step, count in sorted(kill.counts().items()))
    print(
        f"{number:3} after {kill.seconds:.2f} s, under way: {', '.join(kill.under_way)}; "
        f"acknowledged: {told or 'nothing'}; violations: {len(kill.violations)}",
        *kill.violations,
        sep="\n  ",
        flush=True,
    )


def report(violations: Iterable[str]) -> list[str]:
    found = list(violations)
    print(f"violations: {len(found)}")
    for violation in found:
        print(f"- {violation}")
    return found


if __name__ == "__main__":
    main()
