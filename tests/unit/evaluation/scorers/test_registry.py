from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.errors import UsageError
from holdfast.evaluation.scorers import registry
from holdfast.evaluation.scorers.fit import fit
from holdfast.evaluation.scorers.house import problems
from holdfast.evaluation.scorers.policy import Judged
from holdfast.evaluation.scorers.registry import KINDS, Parts, build
from tests.support.judge import on, panel

EMBEDDER = WordLlamaEmbedder()
OTHERS = {
    "__init__", "align", "fit", "house", "ngrams", "overlap", "registry", "scorer", "second",
    "sentence", "words",
}  # fmt: skip
"""Modules of the package that are no scorers."""
NEEDED = {
    "regex": {"pattern": r"\d+"},
    "schema": {"schema": {"type": "object"}},
    "judge": {"judge": "faithful"},
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> Parts:
    questions = [f"may I {verb} my {thing}" for verb in ("return", "send back") for thing in "abc"]
    questions += [f"how long does {way} take" for way in ("shipping", "delivery", "post")]
    intents = fit(questions, ["returns"] * 6 + ["shipping"] * 3, embedder=EMBEDDER)
    rules = Judged(lambda sample: ["too long"] if len(sample.output.answer) > 99 else [], "short")
    judge = panel(tmp_path_factory.mktemp("judges"), on("30"), threads=1)
    return Parts(embedder=EMBEDDER, rules=rules, intents=intents, judges=lambda _: judge)


def test_every_scorer_file_is_registered() -> None:
    files = {path.stem for path in Path(registry.__file__).parent.glob("*.py")}
    assert files - OTHERS == set(KINDS)
    for kind, make in KINDS.items():
        assert inspect.getmodule(make).__name__.endswith(f".{kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_house_has_nothing_to_say(kind, parts) -> None:
    assert problems(build(kind, NEEDED.get(kind, {}), parts=parts)) == []


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("magic", {}, "no scorer 'magic'; there are exact, facts"),
        ("exact", {"loose": True}, "scorer 'exact' has no option 'loose'; it has strict"),
        ("facts", {"name": "x"}, "'facts' has no option 'name'; it has no options"),
        ("exact", {"strict": 1}, "option 'strict' of scorer 'exact' is 1; it takes a bool"),
        ("retrieval", {"k": "5"}, "option 'k' of scorer 'retrieval' is '5'; it takes a int"),
        ("retrieval", {"k": 0}, "retrieval k is 0"),
        ("retrieval", {"metric": "f1"}, "metric 'f1' is none of recall"),
        ("citation", {"threshold": 2}, r"threshold 2.0 is not in \(0, 1\]"),
        ("grounding", {"band": -0.1}, "band -0.1"),
        ("numeric", {"absolute": -1}, "tolerance -1.0 is below 0"),
        ("tokens", {"count": "all"}, "tokens to count 'all'"),
        ("safety", {"toxic": 0}, "toxic 0.0"),
        ("regex", {}, "'regex' needs a pattern"),
        ("schema", {}, "'schema' needs a schema"),
        ("similarity", {}, "scorer 'similarity' needs embedder, and there is none here"),
        ("policy", {}, "scorer 'policy' needs rules"),
        ("intent", {}, "scorer 'intent' needs intents"),
        ("judge", {"judge": "faithful"}, "scorer 'judge' needs judges"),
    ],
)
def test_a_mistake_is_one_clear_error(kind, options, message) -> None:
    with pytest.raises(UsageError, match=message):
        build(kind, options, parts=Parts())


def test_a_scorer_takes_a_name_and_whole_numbers_for_numbers(parts) -> None:
    made = build("numeric", {"absolute": 1}, parts=parts, name="days")
    assert (made.name, made.absolute) == ("days", 1.0)
