from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import holdfast
from holdfast.cli.main import app
from tests.support.slo import POLICY

RULE = (
    '[[rules]]\nid = "no-days"\nkind = "forbidden_phrase"\nphrases = ["shoes"]\naction = "flag"\n'
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line in a project whose answers all break a rule."""
    folder = tmp_path / "shop"
    with holdfast.init(folder) as made:
        (folder / "policies.toml").write_text(RULE)
        (folder / "slos" / "answers.yaml").write_text(POLICY)
        made.ingest()
        made.deploy()
        for _ in range(12):
            made.ask("Can I return shoes I wore once?")
    monkeypatch.chdir(folder)

    def call(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result.stdout

    return call


def test_from_the_alert_to_the_end_of_the_incident(run) -> None:
    assert run("alerts") == "Nothing fires.\n"
    assert run("incidents") == "No incidents.\n"
    assert "1 objectives, 1 burning." in run("alert", "check")
    assert "promises" in run("alerts")
    assert "burning" in run("slo", "status", code=1)
    (one,) = json.loads(run("incidents", "--json"))
    shown = run("incident", "show", "last")
    assert "Since then 12 decisions bad, 0 good" in shown
    assert one["id"] in run("incidents")
    assert "resolved" in run("incident", "resolve", "last", "--note", "a rule was too strict")
    assert json.loads(run("incident", "show", one["id"], "--json"))["incident"]["note"]


def test_silences_are_shown(run) -> None:
    run("alert", "silence", "slo=promises", "--for", "1h", "--reason", "known")
    assert "silent until" in run("alerts")
    (silence,) = json.loads(run("alerts", "--json"))["silences"]
    run("alert", "silence", silence["id"], "--end")
    assert json.loads(run("alerts", "--json"))["silences"] == []
