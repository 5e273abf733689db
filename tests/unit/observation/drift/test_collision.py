from __future__ import annotations

import numpy as np
import pytest

from holdfast.adapters.onnx import OnnxReader
from holdfast.evaluation.entailment.judge import Judge
from holdfast.observation.drift.collision import claims, collisions
from holdfast.observation.drift.corpus import Piece


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(OnnxReader())


def pieces(*texts: str, headings: tuple[str, ...] = ("", "")) -> list[Piece]:
    return [
        Piece(text, f"{n}.md", heading, text)
        for n, (text, heading) in enumerate(zip(texts, headings, strict=True))
    ]


NEAR = np.ones((2, 4)) / 2


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (
            "Shoes can be returned within 30 days.",
            "Shoes can be returned within 60 days.",
            "number",
        ),
        ("Worn shoes can be returned here.", "Worn shoes can not be returned here.", "negation"),
        ("Returns are sent to our Berlin store.", "Returns are sent to our Hamburg store.", "name"),
        ("A receipt is required for this.", "A receipt is optional for this.", "opposite"),
        ("The **shop** opens before noon.", "The shop opens after noon.", "opposite"),
        ("The warehouse will only allow one visitor at the gate.",
         "The warehouse will allow several visitors at the gate.", "word"),
    ],
)  # fmt: skip
def test_passages_that_say_the_same_but_for_one_thing_collide(judge, one, other, kind) -> None:
    (found,) = collisions(pieces(one, other), vectors=NEAR, support=judge)
    assert found.kind == kind
    assert found.paths == ("0.md", "1.md")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Shoes can be returned within 30 days.", "Shoes can be returned within 30 days."),
        ("Shoes can be returned within 30 days.", "Delivery takes two days by train."),
        ("You normally get the money back in cash.", "You usually get the money back in cash."),
        ("They hardly ever refuse a return.", "They never ever refuse a return."),
        ("Keep in mind that vouchers end in May.", "Bear in mind that vouchers end in May."),
        ("We send shoes to Berlin on Mondays.", "We send shoes to Berlin, by rail, on Mondays."),
        ("or in Python 3.9 and above:", "or in Python 3.10 and above:"),
        ("from shop import Berlin, Shoes", "from shop import Hamburg, Shoes"),
        ("```\nShoes come back within 30 days.\n```", "Shoes come back within 60 days."),
        ("## Shoes come back within 30 days", "## Shoes come back within 60 days"),
    ],
)
def test_other_words_details_code_and_lead_ins_do_not(judge, one, other) -> None:
    assert collisions(pieces(one, other), vectors=NEAR, support=judge) == ()


def test_documents_about_different_things_may_say_different_things(judge) -> None:
    texts = ("The Berlin store opens at 9 every day.", "The Hamburg store opens at 10 every day.")
    assert collisions(pieces(*texts), vectors=NEAR, support=judge) == ()
    cookies = ("You can set cookies in the response.", "You can set headers in the response.")
    own = pieces(*cookies, headings=("Cookies", "Headers"))
    assert collisions(own, vectors=NEAR, support=judge) == ()


def test_a_document_does_not_collide_with_itself_nor_with_what_is_far(judge) -> None:
    one, other = pieces("Shoes come back within 30 days.", "Shoes come back within 60 days.")
    inside = Piece("x", one.path, "", other.text)
    assert collisions([one, inside], vectors=NEAR, support=judge) == ()
    assert collisions([one, other], vectors=np.eye(2), support=judge) == ()
    assert collisions([], vectors=np.empty((0, 4)), support=judge) == ()


def test_what_is_said_twice_is_told_once(judge) -> None:
    texts = ("Shoes come back within 30 days.", "Shoes come back within 60 days.") * 2
    found = collisions(
        pieces(*texts, headings=("",) * 4), vectors=np.ones((4, 4)) / 2, support=judge
    )
    assert len(found) == 1


def test_a_passage_that_begins_inside_code_has_its_prose_after_the_fence() -> None:
    cut = "operation ->> client: Return\nopt Raise other exception\n```\n\nIt is sent once.\n"
    assert list(claims(cut)) == ["It is sent once."]
    begun = "It is sent only once.\n\n```\nopt Raise other exception\n"
    assert list(claims(begun)) == ["It is sent only once."]


def test_emphasis_and_links_are_no_part_of_a_claim() -> None:
    text = "* See the [**rules** here](rules.md) of the my_shop house."
    assert list(claims(text)) == ["See the rules here of the my_shop house."]
