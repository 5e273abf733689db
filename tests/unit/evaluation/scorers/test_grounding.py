from __future__ import annotations

from dataclasses import dataclass

from holdfast.evaluation.scorers.grounding import Grounding, claims
from tests.support.samples import passages, sample

TEXTS = passages(
    "Express delivery costs 9.90 euros. It takes a day.",
    "Opening hours are long. Shoes can be returned within 30 days. Hats cannot. Ask us.",
)


@dataclass
class Spy:
    """A judge of support that says the same of all, and remembers."""

    says: float
    pairs: list = None

    @property
    def identity(self):
        return {"kind": "spy"}

    def __call__(self, pairs):
        self.pairs = list(pairs)
        return [self.says] * len(pairs)


def test_each_claim_has_its_evidence() -> None:
    score = Grounding()(
        sample("Shoes can be returned within 30 days. The moon is cheese.", passages=TEXTS)
    )
    first, second = score.detail["claims"]
    assert score.value == 0.5
    assert (first["supported"], first["passage"]) == (True, "p1")
    assert "30 days" in first["evidence"]
    assert second["supported"] is False


def test_a_wrong_number_is_not_supported() -> None:
    assert Grounding()(sample("Shoes can be returned within 90 days.", passages=TEXTS)).value == 0.0


def test_the_judge_is_handed_in_and_sees_each_claim_with_its_evidence_once() -> None:
    spy = Spy(0.55)
    score = Grounding(support=spy)(
        sample("Shoes can be returned within 30 days. Express delivery is 9.90.", passages=TEXTS)
    )
    assert (score.value, score.unsure) == (1.0, True)
    first, second = spy.pairs
    assert first.evidence == "Shoes can be returned within 30 days."
    assert second.evidence == "Express delivery costs 9.90 euros."
    assert [one["passage"] for one in score.detail["claims"]] == ["p1", "p0"]
    assert Grounding(support=Spy(0.9))(sample("Shoes.", passages=TEXTS)).unsure is False


def test_a_claim_may_rest_on_two_passages() -> None:
    spy = Spy(0.9)
    Grounding(support=spy)(
        sample("Express delivery costs 9.90 euros and hats cannot be returned.", passages=TEXTS)
    )
    assert "9.90" in spy.pairs[0].evidence
    assert "Hats cannot." in spy.pairs[0].evidence


def test_questions_and_courtesies_claim_nothing() -> None:
    assert claims("Shoes fit. Do they? It is.") == ["Shoes fit."]
    assert Grounding()(sample("Do shoes fit?", passages=TEXTS)).value is None
    assert Grounding()(sample("Shoes fit.")).value is None
