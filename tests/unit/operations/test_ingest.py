from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import ConflictError, FencedError, StateError, UsageError
from holdfast.pipeline.ingest import Outcome
from tests.support.project import SHOES, Shop, made


def paths(shop: Shop) -> list[str]:
    return [document["path"] for document in shop.project.documents()]


def document(text: str) -> Document:
    data = text.encode()
    return Document(digest_bytes(data), "text/plain", data)


def test_the_same_folder_again_changes_nothing(shop: Shop) -> None:
    before = shop.tick
    done = shop.project.ingest()
    assert (done.added, done.changed, done.removed, done.unchanged, done.chunks) == (
        (),
        (),
        (),
        3,
        0,
    )
    assert shop.tick == before


def test_only_what_changed_is_worked_on(shop: Shop) -> None:
    shop.write("returns.md", "# Returns\n\nShoes that you wore once cannot be returned.\n")
    shop.write("guide/new.md", "# New\n\nNew things.\n")
    done = shop.project.ingest()
    assert (done.added, done.changed, done.unchanged, done.chunks) == (
        ("guide/new.md",),
        ("returns.md",),
        2,
        2,
    )
    assert done.corpus == shop.project.diff("head~1").corpus_after
    assert shop.ask(SHOES).answer == "Shoes that you wore once cannot be returned."


def test_an_old_version_that_comes_back_is_not_embedded_again(shop: Shop) -> None:
    was = shop.project.ingest().corpus
    old = (shop.root / "documents" / "returns.md").read_text()
    shop.bring("returns.md", "# Returns\n\nNothing can be returned.\n")
    shop.write("returns.md", old)
    done = shop.project.ingest()
    assert (done.changed, done.chunks) == (("returns.md",), 0)
    assert done.corpus == was


def test_what_is_gone_is_removed_only_when_asked(shop: Shop) -> None:
    (shop.root / "documents" / "shipping.md").unlink()
    assert shop.project.ingest().removed == ()
    assert shop.project.ingest(sync=True, dry_run=True).removed == ("shipping.md",)
    assert "shipping.md" in paths(shop)
    assert shop.project.ingest(sync=True).removed == ("shipping.md",)
    assert paths(shop) == ["discounts.md", "returns.md"]


def test_a_sync_keeps_to_its_prefix(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "a.md").write_text("A guide.")
    shop.project.ingest(tmp_path / "guide", prefix="guide/")
    (tmp_path / "guide" / "a.md").rename(tmp_path / "guide" / "b.md")
    done = shop.project.ingest(tmp_path / "guide", prefix="guide/", sync=True)
    assert (done.added, done.removed) == (("guide/b.md",), ("guide/a.md",))
    assert len(paths(shop)) == 4


def test_a_single_file_cannot_be_synced(shop: Shop) -> None:
    file = shop.root / "documents" / "returns.md"
    with pytest.raises(UsageError, match="folder"):
        shop.project.ingest(file, sync=True)
    assert len(paths(shop)) == 3
    assert shop.project.ingest(file).unchanged == 1


def test_what_cannot_be_read_is_put_aside_and_the_rest_goes_on(shop: Shop) -> None:
    shop.configure("[documents]\nmax_megabytes = 1\n")
    shop.write("empty.md", "")
    shop.write("image.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    shop.write("huge.txt", b"a" * ((1 << 20) + 1))
    shop.write("broken.pdf", b"%PDF-1.7 and nothing else")
    (shop.root / "documents" / "loop.md").symlink_to("nowhere.md")
    shop.write("good.md", "Good things.")
    done = shop.project.ingest()
    reasons = dict(done.quarantined)
    assert done.added == ("good.md",)
    assert reasons.keys() == {"empty.md", "image.png", "huge.txt", "broken.pdf"}
    assert "empty" in reasons["empty.md"]
    assert "image" in reasons["image.png"] or "octet-stream" in reasons["image.png"]
    assert reasons["huge.txt"] == "1048577 bytes are more than the limit of 1048576"
    assert "PDF" in reasons["broken.pdf"]
    assert {item.path for item in shop.project.queue(status="quarantined")} == reasons.keys()


def test_what_was_put_aside_stays_known_until_it_changes(shop: Shop) -> None:
    shop.write("note.md", "")
    first = shop.project.ingest()
    before = shop.tick
    again = shop.project.ingest()
    assert again.quarantined == first.quarantined != ()
    assert shop.tick == before
    shop.write("note.md", "A note.")
    mended = shop.project.ingest()
    assert (mended.added, mended.quarantined) == (("note.md",), ())


def test_a_live_document_outlives_its_broken_successor(shop: Shop) -> None:
    shop.write("returns.md", "")
    done = shop.project.ingest(sync=True)
    assert (done.changed, done.removed) == ((), ())
    assert done.quarantined[0][0] == "returns.md"
    assert "returns.md" in paths(shop)


def test_a_file_that_cannot_be_opened_is_put_aside(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("secret.md", "Hidden.")
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if Path(path).name == "secret.md":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    assert shop.project.ingest().quarantined == (
        ("secret.md", "cannot be read: Permission denied"),
    )


def test_a_dry_run_changes_nothing(shop: Shop) -> None:
    shop.write("new.md", "New.")
    before = shop.tick
    done = shop.project.ingest(dry_run=True)
    assert (done.added, done.dry_run) == (("new.md",), True)
    assert shop.tick == before
    assert "new.md" not in paths(shop)


def test_documents_are_prepared_for_the_folder_and_for_the_release(shop: Shop) -> None:
    shop.configure("[preprocessing]\nmax_characters = 100\n")
    shop.write("new.md", "# New\n\nNew things cost 5 euros.\n")
    done = shop.project.ingest()
    assert done.added == ("new.md",)
    assert done.chunks == 3 + 2, "all four for the folder's way to cut, the new one for the release"
    assert "5 euros" in shop.ask("What do new things cost?").answer
    shop.project.deploy()
    assert "5 euros" in shop.ask("What do new things cost?").answer


def test_a_broken_prompt_does_not_keep_documents_out(shop: Shop) -> None:
    (shop.root / "prompts" / "answer.md").write_text("{{ broken")
    shop.bring("new.md", "New.")
    assert "new.md" in paths(shop)


def test_a_rollback_under_an_ingestion_fences_it(shop: Shop) -> None:
    shop.write("a.md", "A.")
    with pytest.raises(FencedError, match="run 'holdfast ingest' again"):
        shop.project.ingest(progress=lambda step: shop.project.rollback("head"))
    assert shop.project.ingest().added == ("a.md",)


def test_two_writers_of_the_corpus_both_get_in(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    start = shop.project.ingest(dry_run=True).corpus
    shop.project.enqueue([("a.md", document("A."))])
    append = shop.system.append.append
    refused = []

    def contended(change):
        if change.operation == "ingest" and not refused:
            refused.append(change)
            shop.project.remove(["shipping.md"])
            raise ConflictError("somebody was first")
        return append(change)

    monkeypatch.setattr(shop.system.append, "append", contended)
    assert shop.project.drain() == 1
    assert paths(shop) == ["a.md", "discounts.md", "returns.md"]
    monkeypatch.undo()
    shop.bring("shipping.md", "# Shipping\n\nExpress delivery costs 9.90 euros.\n")
    shop.project.remove(["a.md"])
    assert shop.project.ingest(dry_run=True).corpus == start


def test_queued_documents_wait_for_a_worker(shop: Shop) -> None:
    keys = shop.project.enqueue([("a.md", document("A.")), ("b.md", document("B."))])
    assert len(keys) == 2
    assert len(paths(shop)) == 3
    seen: list[Outcome] = []
    assert shop.project.drain(progress=seen.append) == 2
    assert sum(outcome.chunks for outcome in seen) == 2
    assert len(paths(shop)) == 5
    assert shop.project.drain() == 0


def test_a_worker_can_be_stopped_between_batches(shop: Shop) -> None:
    shop.project.enqueue([("a.md", document("A."))])

    class StopError(Exception):
        pass

    def stop(_: Outcome) -> None:
        raise StopError

    with pytest.raises(StopError):
        shop.project.drain(progress=stop)
    assert "a.md" in paths(shop)


def test_only_live_documents_are_removed(shop: Shop) -> None:
    with pytest.raises(StateError, match=r"nothing\.md"):
        shop.project.remove(["returns.md", "nothing.md"])
    assert len(paths(shop)) == 3
    shop.project.remove(["returns.md", "shipping.md"], reason="sold out")
    assert paths(shop) == ["discounts.md"]
    assert shop.project.log()[0].commit.reason == "sold out"
    assert shop.project.ingest().added == ("returns.md", "shipping.md")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop")
    with pytest.raises(UsageError, match="nowhere"):
        shop.project.ingest(tmp_path / "nowhere")
