from __future__ import annotations

import pytest

from holdfast.evaluation.scorers.toxicity import Toxicity, toxicity
from tests.support.samples import sample


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("You are such a moron.", "insult"),
        ("1d1ots like you", "insult"),
        ("what the fuuuck", "obscenity"),
        ("I will hurt you.", "threat"),
        ("Immigrants are vermin", "hate"),
        ("what a stupid question", "contempt"),
    ],
)
def test_kinds(text, kind) -> None:
    value, found = toxicity(text)
    assert value > 0
    assert kind in found


@pytest.mark.parametrize(
    "text",
    [
        "Returns take 30 days.",
        "Kill the process with Ctrl-C.",
        "The assassin bug hunts other insects in Scunthorpe.",
        "I will find your order.",
        "",
    ],
)
def test_clean_texts(text) -> None:
    assert Toxicity()(sample(text)).value == 0.0


def test_more_is_worse_and_never_above_one() -> None:
    one, many = (
        toxicity("You are stupid.")[0],
        toxicity("You are stupid. Shut up, idiot, moron!")[0],
    )
    assert 0 < one < many < 1
