from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

import holdfast
from holdfast.cli.main import app
from holdfast.errors import NotFoundError, SettingsError, UsageError

SUITE = """file = "golden.jsonl"
[metrics.facts]
threshold = 0.5
margin = 0.2
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line in a project with documents, a release and a suite."""
    folder = tmp_path / "shop"
    with holdfast.init(folder) as made:
        for file in (folder / "documents").iterdir():
            file.unlink()
        (folder / "documents" / "returns.md").write_text("Shoes can be returned within 30 days.\n")
        made.ingest()
        made.deploy()
    (folder / "suites").mkdir(exist_ok=True)
    (folder / "suites" / "nightly.toml").write_text(SUITE)
    cases = [
        {"id": f"c{n}", "question": "Can I return shoes?", "facts": "30 days"} for n in range(20)
    ]
    (folder / "suites" / "golden.jsonl").write_text("".join(f"{json.dumps(c)}\n" for c in cases))
    monkeypatch.chdir(folder)

    def call(*words: str, code: int = 0):
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout

    return call


def test_the_exit_code_is_the_verdict(run, tmp_path) -> None:
    assert "PASS: " in run("gate", "nightly", "--run", "g1")
    assert "PASS: g1-candidate" in run("gate", "nightly", "--run", "g1")
    page = tmp_path / "shop" / "documents" / "returns.md"
    page.write_text("Shoes cannot be returned.\n")
    run("ingest")
    (version,) = json.loads(run("dataset", "show", "nightly", "--history", "--json"))
    told = run("gate", "nightly", "--baseline-at", f"@{version['event']['tick']}", code=1)
    assert "against it: c0 (0, was 1)" in told
    suite = tmp_path / "shop" / "suites" / "nightly.toml"
    suite.write_text(SUITE.replace("0.2", "0.01").replace("threshold = 0.5\n", ""))
    assert "more cases would decide" in run("gate", "nightly", code=2)
    xml = run("gate", "nightly", "--format", "junit", code=2)
    assert ET.fromstring(xml).get("errors") == "1"  # noqa: S314
    assert "### Gate `nightly`" in run("gate", "nightly", "--format", "markdown", code=2)
    assert json.loads(run("gate", "nightly", "--format", "json", code=2))["rows"][0]["more"] > 0


def test_eval_measures_and_a_plan_asks_nothing(run) -> None:
    found = json.loads(run("eval", "nightly", "--release", "deployed", "-k", "2", "--json"))
    assert (found["outputs"], found["errors"], found["means"]) == (40, 0, {"facts": 1.0})
    assert found["gate"]["verdict"] == "pass"
    assert "facts" in run("gate", "nightly", "--plan")
    assert json.loads(run("gate", "nightly", "--plan", "--format", "json"))[0]["cases"] == 20


def test_mistakes_are_told(run) -> None:
    with pytest.raises(SettingsError, match=r"no suite .*weekly.toml'; there are nightly"):
        run("eval", "weekly")
    with pytest.raises(UsageError, match="--format 'xml' is none of"):
        run("gate", "nightly", "--format", "xml")
    with pytest.raises(NotFoundError, match="no release starts with 'beef'"):
        run("eval", "nightly", "--release", "beef")


def test_a_verdict_that_is_sure_ends_the_run(run, tmp_path) -> None:
    golden = tmp_path / "shop" / "suites" / "golden.jsonl"
    cases = [
        {"id": f"c{n}", "question": "Can I return shoes?", "facts": "30 days"} for n in range(200)
    ]
    golden.write_text("".join(f"{json.dumps(c)}\n" for c in cases))
    first = json.loads(run("gate", "nightly", "--stop-early", "--run", "g", "--format", "json"))
    assert (first["verdict"], first["of"]) == ("pass", 200)
    assert 20 <= first["asked"] <= 60
    assert json.loads(
        run("gate", "nightly", "--stop-early", "--run", "g", "--format", "json")
    ) == first  # fmt: skip
    told = run("eval", "nightly", "--stop-early", "--release", "deployed")
    assert "of 200 cases" in told


def test_your_own_code_is_measured_and_scored_again(run, tmp_path) -> None:
    (tmp_path / "shop" / "mybot.py").write_text("def answer(question):\n    return '30 days'\n")
    found = json.loads(run("eval", "nightly", "--callable", "mybot:answer", "--run", "r", "--json"))
    assert (found["means"], found["run"]["subject"]["name"]) == ({"facts": 1.0}, "mybot:answer")
    again = json.loads(run("eval", "nightly", "--rescore", "r", "--json"))
    assert again["means"] == {"facts": 1.0}
    with pytest.raises(UsageError, match="--rescore asks nobody"):
        run("eval", "nightly", "--rescore", "r", "--stop-early")
    with pytest.raises(UsageError, match="--callable is asked instead"):
        run("eval", "nightly", "--callable", "mybot:answer", "--release", "deployed")


GOOD = '{"id": "a", "question": "q"}\n'


@pytest.mark.parametrize(
    ("cases", "suite", "message"),
    [
        ("", "[metrics.facts]\n", r"^golden.jsonl:1: the file is empty"),
        (GOOD * 2, "[metrics.facts]\n", r"^golden.jsonl:2: id 'a' is taken by golden.jsonl:1"),
        (GOOD, "\n[metrics.exact]\n", r"nightly.toml:3: metrics.exact: none .* field 'reference'"),
        (GOOD, "samples = 0\n[metrics.facts]\n", r"nightly.toml:2: samples: 0 must be"),
        (GOOD, "[metrics.wisdom]\n", r"nightly.toml:2: .*no scorer 'wisdom'; there are exact,"),
        (GOOD, "[metrics.facts]\nthreshold = 1.5\n", r"nightly.toml:3: .*1.5 must be a number"),
        (GOOD, "[metrics.retrieval.options]\nk = 0\n", r"nightly.toml:\d: .*k is 0; it must be 1"),
        (GOOD, 'quarantine = ["a"]\n[metrics.refusal]\n', r"toml:2: quarantine: case 'a' is not"),
    ],
)
def test_bad_input_is_told_by_file_and_line_before_anything_is_asked(
    run, tmp_path, cases, suite, message
) -> None:
    folder = tmp_path / "shop" / "suites"
    (folder / "golden.jsonl").write_text(cases)
    (folder / "nightly.toml").write_text(f'file = "golden.jsonl"\n{suite}')
    with pytest.raises((SettingsError, UsageError), match=message):
        run("gate", "nightly")
    assert json.loads(run("log", "--operation", "evaluate", "--json")) == []


def test_reports_are_written_as_their_names_say(run, tmp_path) -> None:
    files = [str(tmp_path / name) for name in ("g.html", "g.xml", "g.md", "g.json")]
    told = run("gate", "nightly", "--format", "github", *(f"--report={file}" for file in files))
    assert told.startswith("::notice file=suites/nightly.toml,line=1,title=gate nightly::")
    begins = ("<!doctype html>", "<testsuite", "### Gate `nightly`: pass", "{")
    for file, begin in zip(files, begins, strict=True):
        assert Path(file).read_text().startswith(begin)
    with pytest.raises(UsageError, match="must end with one of"):
        run("gate", "nightly", "--report", "g.pdf")
    with pytest.raises(UsageError, match="no folder"):
        run("eval", "nightly", "--report", "nowhere/g.html")
