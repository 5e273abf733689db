from __future__ import annotations

import pytest

from holdfast.evaluation.scorers.tone import Tone
from tests.support.samples import sample


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("Returns take 30 days.", "neutral"),
        ("We are sorry, unfortunately the order was lost.", "apologetic"),
        ("Of course, happy to help. Feel free to ask.", "friendly"),
        ("Awesome! Amazing! You will love it!", "enthusiastic"),
        ("Obviously. As I already said, read the manual.", "dismissive"),
        ("Maybe it is 30 days, I think, but I am not sure.", "uncertain"),
        ("Kindly note that returns shall be made in accordance with the terms.", "formal"),
        ("You are an idiot.", "hostile"),
        ("", "neutral"),
    ],
)
def test_labels(answer, label) -> None:
    assert Tone()(sample(answer)).value == label
