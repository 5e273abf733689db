from __future__ import annotations

import numpy as np
import pytest

from holdfast.observation.drift.corpus import Piece, collisions, meanings, overlap
from tests.support.seen import embed


def pieces(*texts: str, folder: str = "") -> list[Piece]:
    return [Piece(f"{folder}{t}", f"{folder}{n}.md", t.split()[0], t) for n, t in enumerate(texts)]


def of(some: list[Piece]) -> np.ndarray:
    return embed([piece.text for piece in some])


def test_meanings_come_go_change_and_stay() -> None:
    shoes, delivery, students, vouchers = (
        pieces(*(f"{word} {n}" for n in range(12)))
        for word in ("shoes", "delivery", "students", "vouchers")
    )
    before = [*shoes, *delivery, *students]
    after = [*shoes, *pieces(*(f"delivery {n}" for n in range(6, 18))), *vouchers]
    told = meanings(before, after, vectors=of([*before, *after]), most=4)
    found = {one.name: one for one in told}
    assert {name: one.kind for name, one in found.items()} == {
        "shoes": "same",
        "delivery": "changed",
        "students": "went",
        "vouchers": "came",
    }
    assert (found["shoes"].kept, found["delivery"].kept) == (1.0, pytest.approx(1 / 3))
    assert (found["students"].before, found["students"].after) == (12, 0)


def test_no_passages_have_no_meanings() -> None:
    assert meanings([], [], vectors=np.empty((0, 4))) == ()
    assert collisions([], vectors=np.empty((0, 4))) == ()


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
        ("Shoes can be returned within 30 days.", "Shoes can be returned within 30 days.", None),
        ("Shoes can be returned within 30 days.", "Delivery takes two days by train.", None),
    ],
)
def test_passages_that_say_the_same_but_for_one_thing_collide(one, other, kind) -> None:
    same = np.ones((2, 4)) / 2
    found = collisions(pieces(one, other), vectors=same)
    assert [c.kind for c in found] == ([kind] if kind else [])


def test_a_document_does_not_collide_with_itself_nor_with_what_is_far() -> None:
    one, other = pieces("Shoes come back within 30 days.", "Shoes come back within 60 days.")
    inside = Piece("x", one.path, "", other.text)
    assert collisions([one, inside], vectors=np.ones((2, 4)) / 2) == ()
    assert collisions([one, other], vectors=np.eye(2)) == ()


def test_neighbours_stay_in_a_turned_space_and_go_in_another() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 16))
    turn, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    assert overlap(points, points @ turn) == 1.0
    assert overlap(points, rng.normal(size=(60, 16))) < 0.4
    assert overlap(points[:1], points[:1]) == 1.0
