from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.observation.drift.chart import performance
from holdfast.observation.drift.model import Model, Plan, Table


def regression(seed: int, *, rows: int = 1_200, shift: float = 0.0, lie: float = 0.0) -> Table:
    """Noise grows with x; ``shift`` moves x to where it is large, ``lie`` the truth itself."""
    rng = np.random.default_rng(seed)
    x, other = np.clip(rng.random(rows) + shift, 0, 1), rng.normal(size=rows)
    truth = 3 * x + lie + rng.normal(0, 0.1 + x, rows)
    return Table({"x": x, "other": other}, 3 * x, None, truth)


def classifier(seed: int, *, hard: float = 0.0) -> Table:
    rng = np.random.default_rng(seed)
    p = rng.random(2_000) * (1 - hard) + 0.5 * hard
    truth = (rng.random(2_000) < p).astype(float)
    return Table({"x": p}, (p > 0.5).astype(float), p, truth)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(regression(0, rows=2_000), Plan(window=300))


def without_truth(table: Table) -> Table:
    return Table(table.features, table.predictions, table.probabilities, None)


def test_calm_rows_raise_nothing(model: Model) -> None:
    found = model.judge(regression(1))
    assert len(found) == 4
    assert not any(one.alarm or one.damage for one in found)
    assert {one.kind for one in found} == {"calm"}


def test_harder_rows_alarm_before_their_labels_come(model: Model) -> None:
    harder = regression(2, shift=0.6)
    blind = model.judge(without_truth(harder))
    assert all(one.alarm for one in blind)
    assert all(one.truth is None for one in blind)
    assert blind[0].causes[0].column == "x"
    told = model.judge(harder)
    assert {one.kind for one in told} == {"covariate"}
    assert told[0].estimate == pytest.approx(told[0].truth, rel=0.25)


def test_a_truth_that_changed_is_concept_drift_and_no_estimate_sees_it(model: Model) -> None:
    lied = regression(3, lie=2.0)
    assert not any(one.alarm for one in model.judge(without_truth(lied)))
    told = model.judge(lied)
    assert all(one.damage for one in told)
    assert {one.kind for one in told} == {"concept"}
    assert "concept drift" in told[0].objection


def test_rows_beyond_the_reference_are_said_to_be(model: Model) -> None:
    far = regression(4)
    found = model.judge(
        Table({**far.features, "other": far.features["other"] + 99}, far.predictions)
    )
    assert "beyond all that the reference saw" in found[0].objection


def test_a_classifier_is_estimated_from_its_probabilities() -> None:
    known = Model(classifier(0), Plan(window=400))
    assert known.loss == "ranking"
    calm, hard = known.judge(classifier(1)), known.judge(classifier(2, hard=0.7))
    assert not any(one.alarm for one in calm)
    assert all(one.alarm for one in hard)
    for one in (*calm, *hard):
        assert one.estimate == pytest.approx(one.truth, abs=0.1)


def test_a_chart_holds_both_lines(model: Model) -> None:
    svg = performance(model, model.judge(regression(2, shift=0.6)))
    assert svg.startswith("<svg")
    assert "estimated without labels" in svg
    assert "true, once labels came" in svg


def test_what_cannot_be_a_reference_is_refused() -> None:
    with pytest.raises(UsageError, match="no truth"):
        Model(without_truth(regression(0)))
    with pytest.raises(UsageError, match="4 windows"):
        Model(regression(0), Plan(window=400))
