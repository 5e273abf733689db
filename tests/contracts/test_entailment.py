"""What every adapter of the entailment port does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from holdfast.adapters.memory.entailment import MemoryReader
from holdfast.adapters.onnx import OnnxReader
from holdfast.domain.digest import digest
from holdfast.ports.entailment import Entailment

PAIRS = [
    ("Shoes can be returned within 30 days.", "Shoes can be returned within 30 days."),
    ("The moon is made of cheese.", "Shoes can be returned within 30 days."),
    ("Express delivery costs 9.90 euros.", "Express delivery costs 9.90 euros. It takes a day."),
]
STRANGE = [
    ("", ""),
    ("A claim.", ""),
    ("", "Evidence."),
    ("word " * 3_000, "other " * 3_000),
    ("\ud800\x00\u202e", "\U0010ffff \u6f22\u5b57"),
    ("a" * 20_000, "!" * 20_000),
]
READERS: dict[str, Entailment] = {"memory": MemoryReader(), "onnx": OnnxReader()}


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> Entailment:
    return READERS[request.param]


def test_what_the_evidence_says_is_backed_more_than_what_it_does_not(reader: Entailment) -> None:
    said, strange, also = reader(PAIRS)
    assert min(said.logit, also.logit) > strange.logit


def test_a_pair_is_read_alike_in_any_company_and_again(reader: Entailment) -> None:
    together = reader([*PAIRS, *STRANGE])
    assert reader([*STRANGE[::-1], *PAIRS[::-1]]) == together[::-1]
    assert [reader([pair])[0] for pair in PAIRS] == together[: len(PAIRS)]
    assert reader([]) == []


def test_threads_do_not_disturb_each_other(reader: Entailment) -> None:
    alone = reader(PAIRS)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(reader, [PAIRS] * 8)) == [alone] * 8


def test_marks_are_stretches_of_the_claim_in_order(reader: Entailment) -> None:
    for (claim, _), reading in zip(PAIRS, reader(PAIRS), strict=True):
        assert reading.marks
        ends = [0, *(mark.end for mark in reading.marks)]
        for mark, before in zip(reading.marks, ends, strict=False):
            assert before <= mark.start < mark.end <= len(claim)


def test_strange_texts_are_read(reader: Entailment) -> None:
    assert len(reader(STRANGE)) == len(STRANGE)


def test_the_identity_is_a_component(reader: Entailment) -> None:
    assert digest(reader.identity) == digest(reader.identity)
    assert reader.identity["kind"]
