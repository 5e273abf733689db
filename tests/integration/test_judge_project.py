"""A project whose answers an LLM judge judges, at the command line, over a real socket."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import holdfast
from tests.support.provider import Reply, Request, ScriptedProvider, answer, serving, verdict
from tests.support.terminal import Call, caller

SUITE = """file = "golden.jsonl"
[metrics.faithful]
scorer = "judge"
options = { judge = "faithful" }
threshold = 0.5
[metrics.facts]
"""
JUDGE = """prompt = "faithful.md"
threads = 2
[budget]
tokens = 100_000
[[models]]
base_url = "URL"
model = "tiny"
price = { input = 1, output = 2 }
"""
GOOD = "Shoes can be returned within 30 days."


def judged(request: Request) -> Reply:
    """Passes answers that say 30 days; of two, the one that does."""
    text = request.body["messages"][-1]["content"]
    if "<first>" in text:
        first = re.search(r"<first>(.*?)</first>", text, re.DOTALL)[1]
        better = "first" if "30 days" in first else "second"
        return answer(json.dumps({"reason": "so", "better": better}))
    said = re.search(r"<answer>(.*?)</answer>", text, re.DOTALL)[1]
    return verdict("pass" if "30 days" in said else "fail")


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[str, ScriptedProvider]]:
    with serving(judged) as (url, found):
        yield url, found


@pytest.fixture(scope="module")
def template(provider: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a judge, a suite of twelve cases, and its release deployed."""
    folder = tmp_path_factory.mktemp("judged") / "shop"
    with holdfast.init(folder) as made:
        for file in (folder / "documents").iterdir():
            file.unlink()
        (folder / "documents" / "returns.md").write_text(GOOD + "\n")
        made.ingest()
        made.deploy()
    cases = [{"id": f"c{n}", "question": "Can I return shoes?", "facts": "30"} for n in range(12)]
    (folder / "suites" / "golden.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases))
    (folder / "suites" / "nightly.toml").write_text(SUITE)
    for name in ("faithful", "better"):
        text = JUDGE.replace("URL", provider[0]).replace("faithful.md", f"{name}.md")
        kind = 'kind = "pair"\n' if name == "better" else ""
        (folder / "judges" / f"{name}.toml").write_text(kind + text)
    return folder


@pytest.fixture
def shop(template: Path, provider: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the test's own; nobody was asked yet."""
    provider[1].replies, provider[1].requests = [judged], []
    folder = Path(shutil.copytree(template, tmp_path / "shop"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    return caller(capsys, monkeypatch)


def labels(folder: Path, good: int = 10, bad: int = 10, wrong: int = 1) -> str:
    """Labelled answers; the judge is wrong on some of each kind."""
    rows = [
        {
            "question": f"q{n}",
            "answer": f"{n}: {'30 days' if (n >= wrong) == label else '60 days'}",
            "passages": [GOOD, "Other."],
            "label": "pass" if label else "fail",
        }
        for label, count in ((True, good), (False, bad))
        for n in range(count)
    ]
    file = folder / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def test_a_judge_scores_is_calibrated_and_then_corrected(
    shop: Path, call: Call, provider: tuple[str, ScriptedProvider]
) -> None:
    first = call("eval", "nightly", "--run", "r1", fails=None)
    assert "UNCALIBRATED" in first.out
    (request,) = {json.dumps(r.body["messages"]) for r in provider[1].requests}
    assert GOOD in request
    asked = len(provider[1].requests)
    told = call("eval", "nightly", "--run", "r1", "--json", fails=None).json
    assert len(provider[1].requests) == asked, "what is known is not paid again"
    (rate,) = told["gate"]["judged"]
    assert (rate["calibrated"], rate["raw"]["estimate"], rate["judged"]) == (False, 1.0, 12)

    file = labels(shop)
    dry = call("judge", "calibrate", "faithful", "--labels", file, "--dry-run")
    assert "20 labels, at most 80 questions" in dry.out
    assert len(provider[1].requests) == asked
    done = call("judge", "calibrate", "faithful", "--labels", file, "--json").json
    found = done["calibration"]
    assert (found["sensitivity"]["estimate"], found["specificity"]["estimate"]) == (0.9, 0.9)
    assert found["kappa"]["estimate"] == pytest.approx(0.8)
    assert [p["name"] for p in found["probes"]] == ["rerun", "length", "position", "family"]
    assert [p["moved"] for p in found["probes"]][:3] == [0, 0, 0]
    assert found["served"] == ["tiny-2026"]
    paid = len(provider[1].requests)
    again = call("judge", "calibrate", "faithful", "--labels", file)
    assert len(provider[1].requests) == paid
    assert "Krippendorff's alpha with people 0.8" in again.out

    (rate,) = call("eval", "nightly", "--run", "r1", "--json", fails=None).json["gate"]["judged"]
    assert (rate["calibrated"], rate["note"]) == (True, "")
    assert [i["method"] for i in rate["corrected"]] == ["rogan-gladen"]
    assert "default (20 labels)" in call("judge", "list").out
    shown = call("judge", "show", "faithful", "--json").json
    assert shown["calibrations"][0]["sensitivity"]["estimate"] == 0.9

    prompt = shop / "judges" / "faithful.md"
    prompt.write_text(prompt.read_text().replace("Judge short", "Judge both short"))
    assert "UNCALIBRATED" in call("judge", "show", "faithful").out
    told = call("gate", "nightly", "--format", "markdown", fails=None).out
    assert told.count("UNCALIBRATED") == 2


def test_labels_of_a_run_correct_that_run(shop: Path, call: Call) -> None:
    call("eval", "nightly", "--run", "r1", fails=None)
    rows = [{"run": "r1", "case": f"c{n}", "label": n < 9} for n in range(10)]
    file = shop / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    more = [{"question": "q", "answer": "60 days", "passages": ["x"], "label": "fail"}]
    file.write_text(file.read_text() + "".join(json.dumps(row) + "\n" for row in more))
    call("judge", "calibrate", "faithful", "--labels", str(file), "--probes", "0")
    (rate,) = call("eval", "nightly", "--run", "r1", "--json", fails=None).json["gate"]["judged"]
    (powered,) = rate["corrected"]
    assert (powered["method"], powered["estimate"]) == ("ppi++", pytest.approx(0.9))
    assert "one kind at most" in rate["note"]


def test_a_sheet_of_a_run_is_labelled_and_taken_back(shop: Path, call: Call) -> None:
    call("eval", "nightly", "--run", "r1", "--samples", "2", fails=None)
    file = shop / "sheet.csv"
    call("judge", "sheet", "r1", "-n", "12", "--output", str(file))
    lines = file.read_text().splitlines()
    assert len(lines) == 13
    assert all(f",0,,,Can I return shoes?,{GOOD}," in line for line in lines[1:])
    assert call("judge", "sheet", "r1", "-n", "12").out.splitlines() == lines
    told = call("judge", "calibrate", "faithful", "--labels", str(file), fails=2).err
    assert "sheet.csv:2: label None is neither good nor bad; write pass or fail" in told
    said = (
        line.replace(",0,,,", f",0,{'fail' if n < 3 else 'pass'},,") for n, line in enumerate(lines)
    )
    file.write_text("\n".join(said) + "\n")
    told = call("judge", "calibrate", "faithful", "--labels", str(file), "--probes", "0").err
    assert "asking faithful" in told


def test_a_budget_ends_the_command_and_the_next_goes_on(
    shop: Path, call: Call, provider: tuple[str, ScriptedProvider]
) -> None:
    lines = "".join(
        json.dumps({"id": f"c{n}", "question": f"{n} Can I return shoes?", "facts": "30"}) + "\n"
        for n in range(12)
    )
    (shop / "suites" / "golden.jsonl").write_text(lines)
    file = shop / "judges" / "faithful.toml"
    file.write_text(file.read_text().replace("100_000", "1_010"))
    ended = call("eval", "nightly", "--run", "r1", fails=6)
    assert re.search(r"judges/faithful.toml: the budget of 1,010 tokens is used up", ended.err)
    asked = len(provider[1].requests)
    assert 0 < asked < 12
    error = call("eval", "nightly", "--run", "r1", "--json", fails=6).json["error"]
    assert error["code"] == "budget"
    assert asked < len(provider[1].requests) <= 12
    file.write_text(file.read_text().replace("1_010", "100_000"))
    told = call("eval", "nightly", "--run", "r1", "--json", fails=None).json
    assert told["gate"]["judged"][0]["judged"] == 12
    assert len(provider[1].requests) == 12, "nothing was paid twice"


def test_failures_are_counted_and_do_not_pass(shop: Path, call: Call, provider: Any) -> None:
    provider[1].replies = [answer("I cannot judge this.")]
    told = call("eval", "nightly", "--json", fails=2).json
    (rate,) = told["gate"]["judged"]
    assert (rate["judged"], rate["failed"], rate["raw"]) == (0, 12, None)
    assert told["means"] == {"faithful": None, "facts": 1.0}
    provider[1].replies = [judged]
    assert call("eval", "nightly", "--json", fails=None).json["means"]["faithful"] == 1.0


def test_what_a_judge_said_outlives_a_rollback_and_a_clean_up(
    shop: Path, call: Call, provider: Any
) -> None:
    call("snapshot", "create", "before")
    call("judge", "calibrate", "faithful", "--labels", labels(shop), "--probes", "5")
    asked = len(provider[1].requests)
    call("rollback", "--to", "before")
    (shop / "holdfast.toml").write_text("[storage]\ngrace_minutes = 0\n")
    call("clean")
    assert "default (20 labels)" in call("judge", "list").out
    call("judge", "calibrate", "faithful", "--labels", labels(shop), "--probes", "5")
    assert len(provider[1].requests) == asked


def test_two_runs_are_compared_in_both_orders(shop: Path, call: Call, provider: Any) -> None:
    call("eval", "nightly", "--run", "old", fails=None)
    (shop / "documents" / "returns.md").write_text("Shoes can be returned within 60 days.\n")
    call("ingest")
    call("eval", "nightly", "--run", "new", fails=None)
    asked = len(provider[1].requests)
    told = call("judge", "pairwise", "better", "new", "old", "--json").json
    found = told["found"]
    assert (found["wins"], found["losses"], found["split"]) == (0, 12, 0)
    assert len(provider[1].requests) == asked + 2, "the same pair is asked once"
    assert "loses 12" in call("judge", "pairwise", "better", "new", "old").out
    same = call("judge", "pairwise", "better", "old", "old").out
    assert "12 ties" in same


WRONG: list[tuple[Callable[[Path], None], tuple[str, ...], str]] = [
    (lambda f: None, ("judge", "show", "x"), r"no judge 'x'; there are better, faithful"),
    (
        lambda f: (f / "suites" / "nightly.toml").write_text(
            SUITE.replace('"faithful" }', '"x" }')
        ),
        ("eval", "nightly"),
        r"nightly.toml:4: metrics.faithful.options: no judge 'x'; there are",
    ),
    (
        lambda f: (f / "judges" / "faithful.md").write_text("## user\nGood?\n"),
        ("eval", "nightly"),
        r"judges/faithful.md:2: \{\{ answer \}\} stands nowhere",
    ),
    (
        lambda f: (f / "judges" / "faithful.toml").write_text(JUDGE.replace("100_000", "0")),
        ("eval", "nightly"),
        r"judges/faithful.toml:4: budget.tokens: 0 buys nothing",
    ),
    (
        lambda f: labels(f, bad=0),
        ("judge", "calibrate", "faithful", "--labels", "labels.jsonl"),
        r"labels.jsonl:1: all 10 labels from here on say 'pass'",
    ),
    (
        lambda f: (f / "l.csv").write_text("run,case,label\nr9,c1,pass\n"),
        ("judge", "calibrate", "faithful", "--labels", "l.csv"),
        r"l.csv:2: run 'r9' has no output of case 'c1', sample 0",
    ),
    (
        lambda f: (f / "l.csv").write_text("answer,label\nx,pass\ny,fail\n"),
        ("judge", "calibrate", "faithful", "--labels", "l.csv"),
        r"l.csv:2: no passages, which the prompt of judge 'faithful' shows",
    ),
    (
        labels,
        ("judge", "calibrate", "better", "--labels", "labels.jsonl"),
        r"judge 'better' compares two answers",
    ),
    (lambda f: None, ("judge", "pairwise", "faithful", "a", "b"), r"of kind 'verdict'; comparing"),
    (lambda f: None, ("judge", "pairwise", "better", "a", "b"), r"no run 'a'"),
]


@pytest.mark.parametrize(("change", "words", "message"), WRONG, ids=range(len(WRONG)))
def test_a_mistake_is_one_clear_line(
    shop: Path, call: Call, change: Any, words: tuple[str, ...], message: str
) -> None:
    change(shop)
    ended = call(*words, fails=2)
    (line,) = ended.err.strip().splitlines()[-1:]
    assert re.search(message, line), line
