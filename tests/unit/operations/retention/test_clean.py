from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from tests.support.project import SHOES, Shop, made


def orphan(shop: Shop) -> tuple[str, str]:
    """A document and a blob that nothing refers to, as a crash leaves them."""
    data = b"left over"
    shop.parts.lake.documents.put([Document(digest_bytes(data), "text/plain", data)])
    return digest_bytes(data), shop.parts.blobs.put(b"a prompt that was never deployed")


@pytest.fixture
def eager(tmp_path: Path) -> Shop:
    return made(tmp_path / "shop", toml="[storage]\ngrace_minutes = 0\n")


def test_only_what_nothing_refers_to_goes(eager: Shop) -> None:
    good = str(eager.project.head().cut)
    eager.bring("weekend.md", "# Weekend\n\nShoes are half price this weekend.")
    bad = eager.ask("How much are shoes this weekend?")
    prompt = eager.root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nBe bold.\n")
    eager.project.deploy()
    worse = eager.ask(SHOES)
    eager.project.rollback(good)
    document, blob = orphan(eager)

    would = eager.project.clean(dry_run=True).collected
    assert (would.documents, would.blobs, would.dry_run) == ((document,), (blob,), True)
    assert document in eager.parts.lake.documents.digests()

    done = eager.project.clean().collected
    assert (done.documents, done.blobs, done.bytes) == ((document,), (blob,), would.bytes)
    assert document not in eager.parts.lake.documents.digests()
    assert blob not in set(eager.parts.blobs.digests())
    assert eager.project.replay(bad.id).identical
    assert eager.project.replay(worse.id).identical
    assert eager.project.clean().collected.bytes == 0


def test_what_is_young_is_left_alone(shop: Shop) -> None:
    document, _ = orphan(shop)
    assert shop.project.clean().collected.documents == ()
    assert document in shop.parts.lake.documents.digests()


def test_what_waits_on_the_queue_stays(eager: Shop) -> None:
    data = b"Waiting."
    document = Document(digest_bytes(data), "text/plain", data)
    eager.project.enqueue([("waiting.txt", document)])
    assert eager.project.clean().collected.documents == ()
    assert eager.project.drain() == 1
