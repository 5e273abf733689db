from __future__ import annotations

import pytest

from holdfast.errors import NotFoundError
from tests.support.project import SHOES, Shop


def test_every_kind_of_thing_is_shown(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    shop.project.snapshot("calm")
    release = shop.project.deployed()
    tick = shop.tick
    shown = {
        name: shop.project.show(name)
        for name in (
            decision.id,
            decision.id[:18],
            release[:10],
            "returns.md",
            "calm",
            "production",
            f"@{tick}",
            f"t1@{tick}",
            f"@{tick}.0",
        )
    }
    assert [thing.kind for thing in shown.values()] == [
        "decision", "decision", "release", "document", "snapshot", "environment", "change",
        "change", "event",
    ]  # fmt: skip
    assert shown[decision.id[:18]].id == decision.id
    assert shown[decision.id].value["complete"] is True
    assert shown[release[:10]].id == release
    assert shown[release[:10]].value["components"]["preprocessing"]["max_characters"] == 800
    assert shown["returns.md"].value["text"].startswith("# Returns")
    assert shown["calm"].value["cut"] == {"timeline": 1, "tick": tick}
    assert shown["production"].value["moves"][0]["timeline"] == 1
    assert [e["store"] for e in shown[f"@{tick}"].value["events"]] == ["decisions", "cache"]
    event = shown[f"@{tick}.0"].value
    assert (event["store"], event["key"]) == ("decisions", decision.id)
    assert {link["source"] for link in event["derives_from"]} >= {f"release:{release}"}


def test_a_document_is_shown_as_it_was(shop: Shop) -> None:
    then = f"@{shop.tick}"
    shop.project.remove(["returns.md"])
    assert "30 days" in shop.project.show("returns.md", at=then).value["text"]
    with pytest.raises(NotFoundError):
        shop.project.show("returns.md")


def test_what_is_no_text_is_shown_without_it(shop: Shop) -> None:
    shop.write("page.html", "<h1>Page</h1><p>Hello there.</p>")
    shop.project.ingest()
    assert "text" in shop.project.show("page.html").value


@pytest.mark.parametrize("name", ["nothing", "@999", "@1.99", "d-ffffffff", "%", "____"])
def test_what_is_not_there_is_said_so(shop: Shop, name: str) -> None:
    shop.ask(SHOES)
    with pytest.raises(NotFoundError, match="nothing is called"):
        shop.project.show(name)
