from __future__ import annotations

import pytest

from holdfast.errors import NotFoundError, SettingsError
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.scorers.retrieval import Retrieval
from holdfast.evaluation.suite import load, parse
from tests.support.judge import on, panel

GOOD = """dataset = "golden"
samples = 3
slices = ["discounts"]

[metrics.facts]
threshold = 0.9
margin = 0.05

[metrics.found]
scorer = "retrieval"
options = { metric = "mrr", k = 3 }

[metrics.latency]
threshold = 2.5
"""


class Judges:
    """Knows one judge."""

    known = None

    def __call__(self, name: str):
        if name != "faithful":
            raise NotFoundError(f"no judge {name!r}")
        return self.known


JUDGES = Judges()


def read(text: str):
    return parse(text, file="suites/nightly.toml", parts=Parts())


def test_a_suite_says_what_is_measured_and_what_is_good_enough() -> None:
    suite = read(GOOD)
    assert (suite.name, suite.dataset, suite.samples) == ("nightly", "golden", 3)
    facts, found, latency = suite.metrics
    assert (facts.threshold, facts.margin, facts.higher) == (0.9, 0.05, True)
    assert found.scorer == Retrieval(name="found", metric="mrr", k=3)
    assert (latency.threshold, latency.margin, latency.higher) == (2.5, None, False)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("samples = 3", "samples = 0", r"nightly.toml:2: samples: 0 must be a whole number from 1"),
        ("samples = 3", "samples = true", r":2: samples: True"),
        ("samples = 3", "sample = 3", r":2: sample: unknown key; the keys are dataset"),
        ("threshold = 0.9", "threshold = 1.2", r":6: metrics.facts.threshold: 1.2 .* from 0 to 1"),
        ("margin = 0.05", "margin = -0.1", r":7: metrics.facts.margin: -0.1"),
        ("threshold = 2.5", "threshold = nan", r":14: metrics.latency.threshold: nan"),
        ('"retrieval"', '"recall"', r":10: metrics.found.scorer: no scorer 'recall'; there are"),
        ('"retrieval"', "[1]", r":10: metrics.found.scorer: \[1\] must be the name"),
        ('"mrr"', '"map"', r":11: metrics.found.options: retrieval metric 'map' is none of"),
        ("k = 3", "kk = 3", r":11: metrics.found.options: .* no option 'kk'"),
        ("options = {", "k = {", r":11: metrics.found.k: unknown key; .* goes into 'options'"),
        ("k = 3", "k = 0", r":11: metrics.found.options: retrieval k is 0"),
        ('"retrieval"', '"similarity"', r"metrics.found.options: .* has no option"),
        ('options = { metric = "mrr", k = 3 }', "options = 3", r":11: .* must be a table"),
        ('["discounts"]', '["a", "a"]', r":3: slices: .* different names"),
        ('dataset = "golden"', "", r":1: dataset: is missing"),
        ('dataset = "golden"', "dataset = 3", r":1: dataset: 3 must be a name"),
        ('dataset = "golden"', "confidence = 0.4", r":1: confidence: 0.4 .* above 0.5, below 1"),
    ],
)
def test_a_mistake_names_file_line_and_key(before, after, message) -> None:
    assert before in GOOD
    with pytest.raises(SettingsError, match=message):
        read(GOOD.replace(before, after, 1))


def test_broken_toml_and_a_suite_without_metrics_are_refused() -> None:
    with pytest.raises(SettingsError, match="not valid TOML"):
        read("dataset =")
    with pytest.raises(SettingsError, match="a suite needs a metric"):
        read('dataset = "golden"')
    with pytest.raises(SettingsError, match="must be a table"):
        read('dataset = "golden"\nmetrics.facts = 1')


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    suite = tmp_path / "nightly.toml"
    with pytest.raises(SettingsError, match=r"no suite .*write that file first"):
        load(suite, parts=Parts())
    suite.write_text('file = "cases.jsonl"\n[metrics.facts]\n')
    with pytest.raises(SettingsError, match=r"nightly.toml:1: file: no file .*cases.jsonl"):
        load(suite, parts=Parts())
    (tmp_path / "cases.jsonl").write_text('{"question": "q"}\n')
    assert load(suite, parts=Parts()).dataset == "nightly"
    with pytest.raises(SettingsError, match=r"no suite .*there are nightly"):
        load(tmp_path / "other.toml", parts=Parts())


def second(value: str, *, metric: str = "grounding", judges: bool = True):
    text = f'dataset = "golden"\n[metrics.{metric}]\nsecond = {value}'
    parts = Parts(judges=JUDGES) if judges else Parts()
    return parse(text, file="suites/nightly.toml", parts=parts)


def test_a_judge_decides_what_a_scorer_is_unsure_of(tmp_path) -> None:
    JUDGES.known = panel(tmp_path, on("30"))
    (plain,) = second('"faithful"').metrics
    assert (plain.scorer.panel.name, plain.scorer.application) == ("faithful", "")
    (told,) = second('{ judge = "faithful", application = "support" }').metrics
    assert told.scorer.application == "support"
    assert told.scorer.first.name == "grounding"


@pytest.mark.parametrize(
    ("value", "more", "message"),
    [
        ('"x"', {}, r"nightly.toml:3: metrics.grounding.second: no judge 'x'"),
        ("3", {}, r":3: metrics.grounding.second: 3 must be the name of a judge"),
        ('{ judges = "faithful" }', {}, r":3: .* must be the name of a judge"),
        ("{ judge = 3 }", {}, r":3: .* must be the name of a judge"),
        ('"faithful"', {"metric": "latency"}, r":3: metrics.latency.second: .* a lower score"),
        ('"faithful"', {"judges": False}, r":3: metrics.grounding.second: there are no judges"),
    ],
)
def test_a_second_opinion_that_cannot_be_asked_names_its_place(
    tmp_path, value, more, message
) -> None:
    JUDGES.known = panel(tmp_path, on("30"))
    with pytest.raises(SettingsError, match=message):
        second(value, **more)
