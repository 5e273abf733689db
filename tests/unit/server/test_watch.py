from __future__ import annotations

import pytest

from holdfast.operations.watch.monitors import Monitors
from holdfast.server.metrics import _Monitors
from holdfast.server.watch import Watch
from tests.support.project import SHOES, STUDENTS, Shop

TOML = """window = 20
reference = 40
[[monitors]]
name = "questions"
watch = ["question.length"]
"""


def test_a_pass_looks_at_monitors_and_metrics_tell(shop: Shop) -> None:
    (shop.root / "monitors.toml").write_text(TOML)
    for n in range(40):
        shop.ask(f"{SHOES[:-1]} {'very ' * (n % 3)}often?")
    Monitors(shop.system).calibrate()
    for _ in range(40):
        shop.ask(f"{STUDENTS[:-1]}, and is there more for those who study very, very long?")
    watch = Watch(shop.project)
    watch._pass("production")
    told = {
        (sample.name, sample.labels.get("signal")): sample.value
        for metric in _Monitors(watch).collect()
        for sample in metric.samples
    }
    assert told["holdfast_drift_moved", "question.length"] == 1
    assert told["holdfast_drift_effect_ratio", "question.length"] > 0.5
    assert told["holdfast_drift_evidence", "question.length"] > 20
    assert told["holdfast_drift_calibrated", None] == 1


def test_a_pass_fits_what_has_no_reference_yet(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    (shop.root / "monitors.toml").write_text(TOML)
    for n in range(40):
        shop.ask(f"{SHOES[:-1]} {'very ' * (n % 3)}often?")
    watch = Watch(shop.project)
    watch._pass("production")
    assert "monitor questions of production: fitted to 40 decisions" in caplog.text
    kept = Monitors(shop.system).kept("production")["questions"]
    assert kept.automatic
    assert kept.calibration
    watch._pass("production")
    assert watch.monitors()["production"].standings[0].note == ""
