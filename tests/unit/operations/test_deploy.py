from __future__ import annotations

import pytest

from holdfast.errors import ConflictError, NotFoundError, SettingsError, StateError
from tests.support.project import SHOES, Shop


def reword(shop: Shop, line: str) -> None:
    prompt = shop.root / "prompts" / "answer.md"
    prompt.write_text(f"{prompt.read_text()}\n{line}\n")


def test_the_folder_becomes_the_release_that_answers(shop: Shop) -> None:
    before = shop.project.deployed()
    reword(shop, "Be kind.")
    done = shop.project.deploy(reason="kinder")
    assert (done.before, done.tick) == (before, shop.tick)
    assert shop.project.deployed() == done.release != before
    assert [part.component for part in done.differences] == ["prompt"]
    assert "+Be kind." in done.differences[0].lines
    assert shop.ask(SHOES).stamp.release == done.release


def test_the_same_folder_again_changes_nothing(shop: Shop) -> None:
    before = shop.tick
    done = shop.project.deploy()
    assert (done.tick, done.differences, shop.tick) == (None, (), before)


def test_a_dry_run_changes_nothing(shop: Shop) -> None:
    before = (shop.tick, set(shop.parts.blobs.digests()))
    reword(shop, "Be kind.")
    done = shop.project.deploy(dry_run=True)
    assert done.release != shop.project.deployed()
    assert [part.component for part in done.differences] == ["prompt"]
    assert (shop.tick, set(shop.parts.blobs.digests())) == before


def test_a_known_release_comes_back_by_its_digest(shop: Shop) -> None:
    first = shop.project.deployed()
    reword(shop, "Be kind.")
    shop.project.deploy()
    shop.project.deploy(first[:12])
    assert shop.project.deployed() == first
    assert [d["release"] for d in shop.project.releases()][::2] == [first, first]
    with pytest.raises(NotFoundError, match="holdfast releases"):
        shop.project.deploy("ffffffff")


def test_prompts_keep_their_history(shop: Shop) -> None:
    (first,) = shop.project.prompts()
    assert first["reason"] == "opening day"
    (shop.root / "policies.toml").write_text("")
    shop.project.deploy(reason="no rules")
    assert shop.project.prompts() == [first], "no prompt changed"
    reword(shop, "Be kind.")
    shop.project.deploy(reason="kinder")
    assert [p["reason"] for p in shop.project.prompts("answer")] == ["kinder", "opening day"]
    prompts = shop.root / "prompts"
    (prompts / "answer.md").rename(prompts / "reply.md")
    shop.configure('[prompt]\nchain = ["reply"]\n')
    shop.project.deploy(reason="renamed")
    newest = {p["prompt"]: p["digest"] for p in reversed(shop.project.prompts())}
    assert newest["answer"] is None
    assert newest["reply"] is not None
    assert shop.project.prompts(at=f"@{first['tick']}") == [first]


def test_documents_that_are_not_prepared_are_named(shop: Shop) -> None:
    shop.configure("[preprocessing]\nmax_characters = 100\n")
    with pytest.raises(StateError, match=r"3 of 3 .* 'discounts\.md' .* 'holdfast ingest' first"):
        shop.project.deploy()
    shop.project.ingest()
    assert shop.project.deploy().tick == shop.tick


def test_an_unprepared_document_that_comes_in_under_a_deployment_stops_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.configure("[preprocessing]\nmax_characters = 100\n")
    shop.project.ingest()
    append = shop.system.append.append
    waiting = [lambda: shop.project.remove(["shipping.md"])]

    def contended(change):
        if change.operation == "deploy" and waiting:
            waiting.pop()()
        return append(change)

    monkeypatch.setattr(shop.system.append, "append", contended)
    assert shop.project.deploy().tick == shop.tick, "what is left is prepared"


def test_of_two_deployments_at_once_one_wins(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    append = shop.system.append.append
    reword(shop, "Be kind.")
    waiting = [lambda: (reword(shop, "Be brief."), shop.project.deploy())]

    def contended(change):
        if change.operation == "deploy" and waiting:
            waiting.pop()()
        return append(change)

    monkeypatch.setattr(shop.system.append, "append", contended)
    with pytest.raises(ConflictError):
        shop.project.deploy()
    assert len(shop.project.releases()) == 2


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("prompts/answer.md", "## user\n{{ nobody }}", r"prompts/answer\.md"),
        ("prompts/answer.md", "x" * 100_001, "100001 characters"),
        ("policies.toml", '[[rules]]\nid = "x"\nkind = "magic"\n', r"policies\.toml:3: kind"),
    ],
)
def test_a_broken_folder_is_refused_by_file_and_line(
    shop: Shop, file: str, text: str, message: str
) -> None:
    (shop.root / file).write_text(text)
    with pytest.raises(SettingsError, match=message):
        shop.project.deploy()
