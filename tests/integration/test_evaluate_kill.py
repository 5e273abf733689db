"""A run that is killed goes on where it stopped: what was kept is not asked for again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import holdfast
from holdfast.domain.dataset import Case
from holdfast.evaluation.output import outputs
from tests.integration.evaluator import SAMPLES

CASES = [Case(f"c{n}", "?", reference="x") for n in range(30)]
CHILD = [sys.executable, str(Path(__file__).with_name("evaluator.py"))]


def kept(folder: Path) -> set[int | None]:
    """Seeds, of which every question has its own, of the outputs on the ledger."""
    with holdfast.open(folder) as project:
        found = outputs("nightly", ledger=project._system.ledger)
    return {output.seed for output in found.values()}


def asked(lines: list[str]) -> list[int]:
    return [int(line.split()[2]) for line in lines if line.startswith("asked")]


def killed(folder: Path, *, after: int) -> list[str]:
    """What a child says that is killed when so many outputs are there."""
    lines = []
    with subprocess.Popen([*CHILD, str(folder)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            lines.append(line)
            if line.startswith("kept") and int(line.split()[1]) >= after:
                child.send_signal(signal.SIGKILL)
                break
        lines += child.stdout
    return lines


def test_a_killed_run_asks_nothing_twice(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with holdfast.init(folder) as project:
        project.datasets.save("golden", CASES)
    first = asked(killed(folder, after=60))
    survived = kept(folder)
    assert 60 <= len(survived) < len(CASES) * SAMPLES
    assert survived <= set(first)
    command = [*CHILD, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    last = asked(done.stdout.splitlines())
    assert not set(last) & survived
    assert len(last) == len(CASES) * SAMPLES - len(survived)
    assert len(kept(folder)) == len(CASES) * SAMPLES
