from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.memory.blobs import MemoryBlobs
from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.dataset import Case, Dataset
from holdfast.domain.event import Change
from holdfast.errors import NotFoundError, UsageError
from holdfast.evaluation import dataset
from tests.contracts.world import World

CASES = (Case("a", "May I return shoes?", facts=("30 days",)), Case("b", "line\u2028break"))


class Shelf:
    """A ledger and blobs, with the one verb that saves."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger(clock=SettableClock())
        self.blobs = MemoryBlobs()
        self.world = World(self.ledger)
        self.world.start()

    def save(self, *cases: Case, name: str = "golden", reason: str = "") -> Change:
        event = dataset.saved(Dataset(name, cases), blobs=self.blobs)
        head = self.ledger.heads()["production"]
        change = Change(head.timeline, "dataset", (event,), actor="ann", reason=reason)
        return self.ledger.commit([change])[0]

    def load(self, name: str = "golden", at=None) -> Dataset:
        return dataset.load(name, ledger=self.ledger, blobs=self.blobs, at=at)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_what_was_saved_is_loaded(shelf) -> None:
    shelf.save(*CASES)
    assert shelf.load() == Dataset("golden", CASES)


def test_every_version_stays_readable_as_of_its_cut(shelf) -> None:
    first = shelf.save(CASES[0])
    second = shelf.save(*CASES, reason="more")
    assert shelf.load(at=first.cut).cases == CASES[:1]
    assert [v.cases for v in dataset.history("golden", ledger=shelf.ledger)] == [2, 1]
    version = dataset.newest("golden", ledger=shelf.ledger)
    assert (version.reason, version.actor, version.event.tick) == ("more", "ann", second.tick)


def test_a_rollback_forgets_no_case(shelf) -> None:
    first = shelf.save(CASES[0])
    shelf.save(*CASES)
    shelf.world.rollback(first.cut)
    assert shelf.load().cases == CASES
    assert shelf.load(at=shelf.ledger.heads()["production"].cut).cases == CASES[:1]


def test_every_blob_of_every_version_is_pinned(shelf) -> None:
    shelf.save(CASES[0])
    shelf.save(*CASES)
    shelf.save(CASES[1], name="other")
    assert dataset.pinned(shelf.ledger) == set(shelf.blobs.digests())
    assert [v.name for v in dataset.versions(ledger=shelf.ledger)] == ["golden", "other"]


def test_an_unknown_name_tells_the_known_ones(shelf) -> None:
    with pytest.raises(NotFoundError, match="there is none yet"):
        shelf.load("gold")
    shelf.save(*CASES)
    with pytest.raises(NotFoundError, match="no dataset 'gold'; there are golden"):
        shelf.load("gold")


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ((), "needs at least one case"),
        ((CASES[0], CASES[0]), r"case 2 \('a'\): id 'a' is taken by case 1"),
        ((Case("", "q"),), "the id is empty"),
        ((Case("a", "q", weight=-1.0),), "weight -1.0"),
        ((Case("a", "q", weight=float("nan")),), "weight nan"),
    ],
)
def test_a_set_that_measures_nothing_is_refused(shelf, cases, message) -> None:
    with pytest.raises(UsageError, match=message):
        shelf.save(*cases)
    assert list(shelf.blobs.digests()) == []


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
words = st.lists(texts, max_size=3).map(tuple)
cases = st.builds(
    Case,
    texts.filter(str.strip),
    texts.filter(str.strip),
    history=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    reference=texts,
    facts=words,
    forbidden=words,
    tags=words,
    weight=st.floats(0.1, 9),
)


@given(st.lists(cases, min_size=1, max_size=4, unique_by=lambda one: one.id))
def test_any_cases_come_back_unchanged(made) -> None:
    shelf = Shelf()
    shelf.save(*made)
    assert shelf.load().cases == tuple(made)
    assert shelf.load().digest == Dataset("x", tuple(made)).digest
