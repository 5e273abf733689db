from __future__ import annotations

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.variant import Variant, case_of

PARENT = Case("a", "q", reference="r", facts=("x", "y"), relevant=("d",), cluster="c", tags=("t",))


def test_what_is_known_is_carried_over() -> None:
    made = case_of(Variant("p", "unchanged", forbidden=("z",)), PARENT, kind="typos", copy=2)
    assert made.id == "a~typos.2"
    assert (made.facts, made.reference, made.relevant) == (("x", "y"), "r", ("d",))
    assert (made.cluster, made.forbidden) == ("c", ("z",))
    assert made.tags == ("t", "adversarial", "attack:typos")


def test_a_case_to_refuse_asks_for_no_facts() -> None:
    made = case_of(Variant("p", "refuse"), PARENT, kind="encoding", copy=0)
    assert (made.expect, made.facts, made.reference, made.relevant) == ("refuse", (), "", ())


def test_a_false_claim_asks_for_its_truth_alone() -> None:
    about = {truth: Variant("p", "answer", truth=truth) for truth in ("x", "elsewhere")}
    assert case_of(about["x"], PARENT, kind="leading", copy=0).facts == ("x",)
    assert case_of(about["elsewhere"], PARENT, kind="leading", copy=0).facts == ()
