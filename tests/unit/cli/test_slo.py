from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import holdfast
from holdfast.cli.main import app
from tests.support.slo import POLICY


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line in a project that has answered one question."""
    folder = tmp_path / "shop"
    with holdfast.init(folder) as made:
        made.ingest()
        made.deploy()
        made.ask("Can I return shoes?")
    monkeypatch.chdir(folder)

    def call(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result.stdout

    return call


def test_a_new_project_has_objectives_of_both_kinds(run) -> None:
    found = json.loads(run("slo", "--json"))
    assert {one["row"] for one in found} == {"execution", "decision"}
    assert "answers-backed" in run("slo")


def test_without_objectives_it_says_how_to_write_one(run, tmp_path) -> None:
    (tmp_path / "shop" / "slos" / "answers.yaml").unlink()
    assert "slos/NAME.yaml" in run("slo", "status")
    assert "no objectives" in run("status")


def test_objectives_are_shown_beside_the_figures(run, tmp_path) -> None:
    (tmp_path / "shop" / "slos" / "answers.yaml").write_text(POLICY)
    assert "promises" in run("slo", "status")
    (found,) = json.loads(run("slo", "status", "--json"))
    assert (found["name"], found["n"], found["left"]) == ("promises", 1, 1.0)
    shown = run("status")
    assert "green: 1 objective met" in shown
    status = json.loads(run("status", "--json"))
    assert status["objectives"][0]["state"] == "met"
    assert status["groups"][0]["decisions"] == 1
    assert "sloth_severity: page" in run("slo", "export")


def test_groups_and_wordings_are_tables(run) -> None:
    assert "returns" in run("status", "--by", "slice")
    assert run("status", "--by", "wording").startswith("wording")
