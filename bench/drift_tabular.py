"""A tabular model goes wrong: what is known before its labels come, and after.

California housing: a classifier, fitted reference, drifted analysis period, labels kept apart.
Housing market: a simulated one, whose prices follow a hedonic model, with a shock of the mortgage
rate; a valuation model trained before it is watched week by week.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from market import SHOCK, Market, made
from numpy.typing import NDArray
from pyarrow import csv
from sklearn.linear_model import LinearRegression
from table import show

from holdfast.observation.drift.chart import performance
from holdfast.observation.drift.model import Model, Plan, Table
from holdfast.observation.drift.track import track

FEATURES = ("MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude")


def main() -> None:
    """Print both tables, and write the chart of the first."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="two markets instead of ten")
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--chart", type=Path, help="write estimate and truth as SVG to this file")
    given = options.parse_args()
    folder = given.data / "california_housing"
    if folder.is_dir():
        california(folder, given.chart)
    else:
        print(f"left out: {folder} is not there; --data names the folder of public data")
    housing(2 if given.quick else 10)


def california(folder: Path, chart: Path | None) -> None:
    """Estimated and true ranking loss, window by window."""
    names = ("reference", "analysis", "analysis_gt")
    usual, later, truth = (csv.read_csv(folder / f"nannyml_{name}.csv") for name in names)
    assert later["id"].equals(truth["id"])

    def rows(table: object, target: object | None) -> Table:
        get = table.__getitem__  # type: ignore[attr-defined]
        return Table(
            {name: get(name).to_numpy() for name in FEATURES},
            get("y_pred").to_numpy().astype(float),
            get("y_pred_proba").to_numpy(),
            None if target is None else target.to_numpy().astype(float),  # type: ignore[attr-defined]
            [str(at)[:10] for at in get("timestamp").to_pylist()],
        )

    model = Model(rows(usual, usual["clf_target"]), Plan(window=729))
    before = model.judge(rows(later, None))
    after = model.judge(rows(later, truth["clf_target"]))
    show(
        "California housing: loss (1 - AUC) estimated before its labels were known",
        inputs=f"reference {usual.num_rows:,} rows, analysis {later.num_rows:,}, windows of 729; "
        f"alarm above {model.estimate_bound:.3f}",
        columns=("window since", "estimate", "alarm", "truth", "kind, with labels", "moved most"),
        rows=[
            [
                one.since,
                one.estimate,
                "ALARM" if one.alarm else "",
                known.truth or 0.0,
                known.kind,
                ", ".join(cause.column for cause in one.causes),
            ]
            for one, known in zip(before, after, strict=True)
        ],
    )
    gaps = [abs(one.estimate - (one.truth or 0)) for one in after]
    print(f"mean distance of estimate and truth {np.mean(gaps):.3f}, usual {model.miss:.3f}")
    if chart is not None:
        chart.write_text(performance(model, after), encoding="utf-8")
        print(f"estimate and truth plotted together: {chart}")
    assert any(one.alarm for one in before), "no alarm before the labels"


@dataclass(frozen=True)
class Watched:
    """When the weekly error alarmed, in weeks from the beginning of the shock."""

    false: int
    delay: int | None


def housing(markets: int) -> None:
    """Weeks from the shock to the alarm, and false pages in the calm years before."""
    rows: list[list[object]] = []
    for seed in range(markets):
        found = watch(made(seed))
        rows.append([seed, found.false, found.delay])
        assert found.false <= 1, found
        assert found.delay is not None, found
        assert found.delay <= 8, found
    show(
        "Housing market: mortgage rate 2.65 % -> 5.81 % within months",
        inputs=f"{markets} markets of 60 sales a week; model trained on 2 years, reference 1 year, "
        "8 calm years, then the shock; one page at a time, e-detector at one false in 100,000",
        columns=("market", "false pages in 8 years", "weeks to the page"),
        rows=rows,
    )


def watch(market: Market) -> Watched:
    """Train on the first two years, take the third as the reference, then watch."""
    train, usual, then = market.part(0, 104), market.part(104, 156), market.part(156, None)
    model = LinearRegression().fit(train.matrix(), np.log(train.price))

    def errors(part: Market) -> NDArray[np.float64]:
        gap: NDArray[np.float64] = np.exp(model.predict(part.matrix())) / part.price - 1
        return gap

    told = track(errors(usual), errors(then))
    weeks = [int(then.week[at]) for at in told.pages]
    calm = [week for week in weeks if week < SHOCK]
    hit = [week - SHOCK for week in weeks if week >= SHOCK]
    return Watched(len(calm), hit[0] if hit else None)


if __name__ == "__main__":
    main()
