from __future__ import annotations

import numpy as np
import pytest

from holdfast.observation.drift.corpus import Piece, meanings, overlap
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


def test_neighbours_stay_in_a_turned_space_and_go_in_another() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 16))
    turn, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    assert overlap(points, points @ turn) == 1.0
    assert overlap(points, rng.normal(size=(60, 16))) < 0.4
    assert overlap(points[:1], points[:1]) == 1.0
