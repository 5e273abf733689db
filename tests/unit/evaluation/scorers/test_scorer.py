from __future__ import annotations

from holdfast.domain.score import Score
from holdfast.evaluation.scorers.exact import Exact
from holdfast.evaluation.scorers.grounding import Grounding
from holdfast.evaluation.scorers.regex import Regex
from holdfast.evaluation.scorers.scorer import address, apply, identity
from tests.support.samples import sample


class Broken:
    name, version, needs, direction = "broken", 1, (), "higher"

    def __call__(self, _):
        raise KeyError("boom")


def test_a_crash_is_a_record() -> None:
    assert apply(Broken(), sample("x")) == Score("broken", None, error="KeyError: 'boom'")


def test_a_case_without_what_it_needs_is_not_scored() -> None:
    score = apply(Exact(), sample("x"))
    assert (score.value, score.error) == (None, "")
    assert score.detail == {"not applicable": "the case has no reference"}


def test_an_output_that_failed_is_not_scored() -> None:
    score = apply(Exact(), sample("x", reference="x", error="slow", error_code="provider_timeout"))
    assert (score.value, score.detail) == (
        None,
        {"not applicable": "output failed: provider_timeout"},
    )


def test_an_address_changes_with_options_and_parts_but_not_with_the_name() -> None:
    assert address(Exact()) == address(Exact(name="same"))
    assert address(Exact()) != address(Exact(strict=True))
    assert identity(Regex(pattern="a")) == {
        "scorer": "regex", "version": 1, "pattern": "a", "absent": False,
    }  # fmt: skip
    assert identity(Grounding())["support"]["kind"] == "overlap"
