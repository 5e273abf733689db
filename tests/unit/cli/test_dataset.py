from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import holdfast
from holdfast.cli.main import app
from holdfast.errors import UsageError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line in a project with documents and a release."""
    with holdfast.init(tmp_path / "shop") as made:
        made.ingest()
        made.deploy()
    monkeypatch.chdir(tmp_path / "shop")

    def call(*words: str):
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    return call


def test_a_decision_is_added_listed_shown_and_exported(run, tmp_path) -> None:
    decision = json.loads(run("ask", "Can I return shoes?", "--json"))["id"]
    told = run("dataset", "add", decision, "--to", "incidents", "--facts", "30 days")
    assert "incidents has 1 case" in told
    assert "same 1 case already" in run(
        "dataset", "add", decision, "--to", "incidents", "--facts", "30 days"
    )
    (version,) = json.loads(run("dataset", "list", "--json"))
    assert (version["name"], version["cases"]) == ("incidents", 1)
    assert "Can I return shoes?" in run("dataset", "show", "incidents")
    shown = json.loads(run("dataset", "show", "incidents", "--json"))
    assert shown["cases"][0]["facts"] == ["30 days"]
    assert len(json.loads(run("dataset", "show", "incidents", "--history", "--json"))) == 1
    line = json.loads(run("dataset", "export", "incidents"))
    assert line["decision"] == decision
    file = tmp_path / "out.parquet"
    written = run(
        "dataset", "export", "incidents", "--format", "parquet", "-o", str(file), "--json"
    )
    assert json.loads(written)["cases"] == 1
    again = json.loads(run("dataset", "import", str(file), "--to", "copy", "--json"))
    assert again["version"]["digest"] == version["digest"]


def test_a_file_names_its_dataset(run, tmp_path) -> None:
    file = tmp_path / "Golden Set.csv"
    file.write_text("question,facts\nq,a|b\n")
    assert "golden-set has 1 case (before: 0)" in run("dataset", "import", str(file))


def test_a_mistake_names_file_and_line(run, tmp_path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"question": "q"}\n{"question": ""}\n')
    with pytest.raises(UsageError, match=r"bad.jsonl:2: the question is empty"):
        run("dataset", "import", str(file))
    assert json.loads(run("dataset", "list", "--json")) == []


def test_attacks(run, tmp_path) -> None:
    file = tmp_path / "golden.csv"
    file.write_text("question,facts\nHow long?,30 days\n")
    run("dataset", "import", str(file))
    made = json.loads(run("dataset", "attack", "golden", "--kinds", "leading, typos", "--json"))
    assert made["saved"]["version"]["name"] == "golden-attacked"
    told = run("dataset", "attack", "golden", "--kinds", "leading,negation", "--to", "more")
    assert "more has 1 case" in told
    assert "negation 1" in told
