from __future__ import annotations

from dataclasses import replace

import numpy as np

from holdfast.observation.labelling import labelling
from holdfast.observation.measure import measure
from tests.support.fact import FACT


def test_labels_correct_a_measure_that_errs() -> None:
    """The measure calls one in five good answers ungrounded; labels from the queue mend it."""
    rng = np.random.default_rng(3)
    truth = {f"d-{n}": bool(rng.random() < 0.9) for n in range(400)}
    facts = {
        name: replace(
            FACT, decision=name, scores={"grounding": 1.0 if good and rng.random() > 0.2 else 0.0}
        )
        for name, good in truth.items()
    }
    for _ in range(8):
        found = labelling(list(facts.values()), measure("grounded"), most=10)
        for fact in found.queue:
            labels = {"grounded": truth[fact.decision]}
            facts[fact.decision] = replace(fact, labels=labels)
    found = labelling(list(facts.values()), measure("grounded"))
    real = sum(truth.values()) / len(truth)
    assert found.labels == 80
    assert found.measured < 0.8
    assert found.corrected.low <= real <= found.corrected.high
    assert abs(found.corrected.estimate - real) < 0.06


def test_nothing_labelled_is_no_rate() -> None:
    found = labelling([FACT], measure("grounded"))
    assert (found.corrected, [f.decision for f in found.queue]) == (None, [FACT.decision])
    assert labelling([], measure("good")).queue == ()
