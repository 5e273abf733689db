"""Do the rates that ``eval`` and ``gate`` report cover the truth when the judge is fallible?

Whole reports are simulated: a run whose answers are good at a known rate, a judge that errs, and a
calibration on labelled answers of its own (Rogan-Gladen) or on outputs of the run (PPI++). Printed
is how often each 95 % interval holds the true rate, as ``holdfast.evaluation.rates`` gives it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from table import show

from holdfast.domain.dataset import Case
from holdfast.domain.score import Score
from holdfast.evaluation.judge.calibration import Calibration, Item
from holdfast.evaluation.judge.definition import parse as define
from holdfast.evaluation.judge.panel import Panel
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.rates import rates
from holdfast.evaluation.run import Run
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.suite import Suite, parse
from holdfast.statistics.interval import wilson

JUDGE = 'prompt = "j.md"\n[[models]]\nbase_url = "http://127.0.0.1:9"\nmodel = "none"\n'
SUITE = 'dataset = "d"\n[metrics.said]\nscorer = "judge"\noptions = { judge = "j" }\n'
RAW, INVERTED, POWERED = "raw", "rogan-gladen", "ppi++"


@dataclass(frozen=True)
class World:
    """What is true, and how the judge sees it. Samples of a case are alike by ``alike``."""

    rate: float
    sensitivity: float
    specificity: float
    samples: int
    labels: int = 200
    cases: int = 400
    alike: float = 0.6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a tenth of the runs")
    runs = 100 if options.parse_args().quick else 1_000
    panel, suite = wired()
    worlds = [
        World(rate, *judge, samples=samples)
        for judge in ((0.92, 0.85), (0.98, 0.70))
        for rate in (0.6, 0.8, 0.95)
        for samples in (1, 3)
    ]
    rng = np.random.default_rng(7)
    rows: list[list[object]] = []
    for world in worlds:
        held = Counter[str]()
        for _ in range(runs):
            held.update(report(world, panel=panel, suite=suite, rng=rng))
        shares = [100 * held[name] / runs for name in (RAW, INVERTED, POWERED)]
        of_judge = f"{world.sensitivity:g} / {world.specificity:g}"
        rows.append([of_judge, world.rate, world.samples, *shares])
    show(
        "Judged rates as eval and gate report them: share of 95 % intervals that hold the truth",
        inputs=f"{runs} reports a row, {worlds[0].cases} cases; samples agree with correlation "
        f"{worlds[0].alike:g}, {worlds[0].labels // 2} labels of the run and as many of others",
        columns=(
            "sensitivity / specificity",
            "true rate",
            "samples",
            "raw %",
            "Rogan-Gladen %",
            "PPI++ %",
        ),
        rows=rows,
    )


def wired() -> tuple[Panel, Suite]:
    """A judge that is never asked, and a suite that reports its rates."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "j.md").write_text("## user\n{{ answer }}\n")
        panel = Panel(define(JUDGE, name="j", folder=Path(folder)), [])
    return panel, parse(SUITE, file="s.toml", parts=Parts(judges=lambda _: panel))


def report(world: World, *, panel: Panel, suite: Suite, rng: np.random.Generator) -> list[str]:
    """The intervals of one simulated report that hold the true rate."""
    truth, says = answers(world, rng)
    places = [(f"c{i}", k) for i in range(world.cases) for k in range(world.samples)]
    scores = {
        place: Score("said", bool(verdict))
        for place, verdict in zip(places, says.flat, strict=True)
    }
    run = Run("r", "s", "d", "d", "b", {}, world.samples, 0, world.cases)
    cases = tuple(Case(f"c{i}", "?") for i in range(world.cases))
    own = [
        Item(bool(truth[i, 0]), float(says[i, 0]), bool(says[i, 0]), "r", f"c{i}")
        for i in range(world.labels // 2)
    ]
    panel.calibrations = {"": calibrated([*own, *labelled(world, rng)])}
    (found,) = rates(suite, Measured(run, cases, {}, {"said": scores}))
    intervals = [(i.method, i) for i in found.corrected] + [(RAW, found.raw)]
    return [name for name, interval in intervals if interval and world.rate in interval]


def answers(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What is true of every sample of every case, and what the judge says of it."""
    shape = (world.cases, world.samples)
    alike = rng.random(shape) < np.sqrt(world.alike)
    own = rng.random(shape) < world.rate
    truth = np.where(alike, rng.random((world.cases, 1)) < world.rate, own)
    right = np.where(truth, world.sensitivity, world.specificity)
    return truth, np.where(rng.random(shape) < right, truth, ~truth)


def labelled(world: World, rng: np.random.Generator) -> list[Item]:
    """Labelled answers from elsewhere, half of them good."""
    half = world.labels // 4
    good, bad = rng.binomial(half, world.sensitivity), rng.binomial(half, 1 - world.specificity)
    return [
        Item(label, float(verdict), verdict)
        for label, verdict, count in (
            (True, True, good),
            (True, False, half - good),
            (False, True, bad),
            (False, False, half - bad),
        )
        for _ in range(count)
    ]


def calibrated(items: list[Item]) -> Calibration:
    """A calibration that holds these items; its own figures do not matter here."""
    unused = (wilson(1, 2),) * 3
    return Calibration("j", "d", "", 0.5, tuple(items), *unused, *(None,) * 4, 0, 0)


if __name__ == "__main__":
    main()
