from __future__ import annotations

import pytest

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import StateError, UsageError
from holdfast.operations.freeze import freeze, unfreeze
from holdfast.operations.ingest import Selection, ingest, remove
from tests.support.project import SHOES, Shop

JOBS = b"# Jobs\n\nWe hire bakers."


def test_nothing_is_deployed_or_ingested_and_the_reason_is_told(shop: Shop) -> None:
    freeze(shop.system, "production", reason="the sale", until="2d")
    shop.write("jobs.md", JOBS)
    document = Document(digest_bytes(JOBS), "text/markdown", JOBS)
    (shop.root / "policies.toml").write_text("")
    for change in (
        shop.project.deploy,
        shop.project.ingest,
        lambda: shop.project.remove(["returns.md"]),
        lambda: shop.project.enqueue([("jobs.md", document)]),
    ):
        with pytest.raises(StateError, match=r"frozen until .* UTC: the sale; .*--force"):
            change()
    assert shop.project.ingest(dry_run=True).added == ("jobs.md",)
    assert shop.ask(SHOES).answer


def test_force_needs_a_reason(shop: Shop) -> None:
    freeze(shop.system, "production", reason="the sale")
    place = Selection(shop.write("jobs.md", JOBS))
    with pytest.raises(UsageError, match="--reason"):
        ingest(shop.system, "production", selection=place, force=True)
    done = ingest(shop.system, "production", selection=place, force=True, reason="urgent")
    assert done.added == ("jobs.md",)
    remove(shop.system, "production", paths=["jobs.md"], force=True, reason="urgent")
    (shop.root / "policies.toml").write_text("")
    assert shop.project.deploy(force=True, reason="urgent").tick == shop.tick


def test_it_ends_by_itself_or_when_it_is_lifted(shop: Shop) -> None:
    freeze(shop.system, "production", reason="lunch", until="1h")
    shop.parts.clock.advance(hours=2)
    shop.bring("jobs.md", JOBS.decode())
    with pytest.raises(StateError, match="is not frozen"):
        unfreeze(shop.system, "production")
    freeze(shop.system, "production", reason="dinner")
    assert unfreeze(shop.system, "production").freeze.reason == "dinner"
    shop.project.remove(["jobs.md"])


def test_a_rollback_is_never_refused_and_keeps_it(shop: Shop) -> None:
    shop.project.snapshot("before")
    freeze(shop.system, "production", reason="an incident")
    shop.project.rollback("before")
    with pytest.raises(StateError, match="an incident"):
        shop.project.remove(["returns.md"])
    unfreeze(shop.system, "production")
    shop.project.rollback("before")
    shop.project.remove(["returns.md"])


def test_a_fork_is_not_frozen(shop: Shop) -> None:
    freeze(shop.system, "production", reason="the sale")
    shop.project.fork("production", "green")
    shop.project.remove(["returns.md"], environment="green")


def test_what_is_no_freeze_is_refused(shop: Shop) -> None:
    before = shop.tick
    with pytest.raises(UsageError, match="reason"):
        freeze(shop.system, "production", reason=" ")
    with pytest.raises(UsageError, match="is past"):
        freeze(shop.system, "production", reason="x", until="1970-01-02T00:00Z")
    with pytest.raises(UsageError, match="is no time"):
        freeze(shop.system, "production", reason="x", until="soon")
    freeze(shop.system, "production", reason="x", dry_run=True)
    assert shop.tick == before
