from __future__ import annotations

import json
from pathlib import Path

from tests.support.terminal import Call

PAGE = "returns.md"


def test_counting_asking_first_and_taking_back(own: Path, call: Call) -> None:
    there = ("-C", str(own))
    counted = call(*there, "blast-radius", PAGE, "--json").json
    dry = call(*there, "recover", "--from", PAGE, "--dry-run", "--json").json
    assert dry["loss"]["revoked"] == counted["revoked"]
    assert counted["revoked"]["decisions"] == counted["revoked"]["feedback"] == 1
    refused = call(*there, "recover", "--from", PAGE, fails=3)
    assert "recover.share" in refused.err
    assert "--yes" in refused.err
    done = call(*there, "recover", "--from", PAGE, "--yes", "--json").json
    assert done["loss"] == dry["loss"]
    assert PAGE not in call(*there, "documents").out
    before = done["before"]
    call(*there, "rollback", "--to", f"t{before['timeline']}@{before['tick']}")
    assert PAGE in call(*there, "documents").out


def test_cases_made_of_what_goes_are_named(own: Path, call: Call) -> None:
    there = ("-C", str(own))
    (asked,) = call(*there, "log", "--operation", "ask", "--json").json
    decision = asked["commit"]["cause"].removeprefix("decision:")
    call(*there, "dataset", "add", decision, "--to", "made")
    assert "taken back" not in call(*there, "dataset", "show", "made").out
    told = call(*there, "recover", "--from", PAGE, "--yes").out
    assert f"Dataset made: 1 case marked: {decision}" in told
    assert (
        f"{decision} was made of what was taken back" in call(*there, "dataset", "show", "made").out
    )
    assert list(call(*there, "dataset", "show", "made", "--json").json["taints"]) == [decision]


def test_the_lines_for_people(own: Path, call: Call) -> None:
    there = ("-C", str(own))
    told = call(*there, "recover", "--from", PAGE, "--yes", "--requeue").out
    assert f"{PAGE} is gone" in told
    assert "1 document queued again" in told
    assert "Undo: holdfast rollback --to" in told
    both = call(*there, "recover", "--from", PAGE, "--requeue", "--quarantine", fails=2)
    assert both.err == "holdfast: give --requeue or --quarantine, not both\n"


def test_trees_and_their_export(folder: Path, call: Call, tmp_path: Path) -> None:
    there = ("-C", str(folder))
    file = tmp_path / "lineage.jsonl"
    told = call(*there, "lineage", PAGE, "--down", "--openlineage", str(file)).out
    assert f"({PAGE}) leads to" in told
    assert "feedback" in told
    assert all(
        json.loads(line)["eventType"] == "COMPLETE" for line in file.read_text().splitlines()
    )
    tree = call(*there, "lineage", PAGE, "--json").json
    assert tree["down"][0]["children"]
    few = call(*there, "lineage", PAGE, "--down", "--limit", "1").out
    assert "more; --limit shows them" in few
    lost = call(*there, "lineage", PAGE, "--openlineage", str(tmp_path), fails=5)
    assert "give another file" in lost.err
    assert "not both" in call(*there, "lineage", PAGE, "--up", "--down", fails=2).err
