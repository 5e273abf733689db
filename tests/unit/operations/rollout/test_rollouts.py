from __future__ import annotations

from holdfast.operations.deploy import Order
from holdfast.operations.freeze import freeze
from holdfast.operations.rollout.canary import Canaries
from holdfast.operations.rollout.rollouts import abort, check, status
from holdfast.operations.rollout.schedule import schedule
from holdfast.operations.rollout.shadow import Shadows
from tests.support.project import SHOES, STUDENTS, Shop


def test_one_look_tells_all_and_does_what_is_due(shop: Shop) -> None:
    first = shop.project.deployed()
    empty = status(shop.system, "production", runtimes=shop.project.runtime)
    assert (empty.canary, empty.shadow, empty.schedules, empty.freeze) == (None, None, (), None)
    (shop.root / "policies.toml").write_text("")
    rooms = Canaries(shop.system), Shadows(shop.system, shop.project.runtime)
    for room in rooms:
        room.start("production", share=0.5, order=Order())
    schedule(shop.system, "production", at="1h", order=Order(force=True, reason="anyway"))
    freeze(shop.system, "production", reason="the sale", until="30m")
    found = status(shop.system, "production", runtimes=shop.project.runtime)
    assert found.canary.canary.running
    assert found.shadow.shadow.running
    assert found.freeze.reason == "the sale"
    (one,) = found.schedules
    for name in ("shadow", one.id):
        abort(shop.system, "production", name=name, runtimes=shop.project.runtime)
    shop.parts.clock.advance(hours=2)
    done = check(shop.system, "production", canaries=rooms[0])
    assert (done.schedules, done.canary.verdict) == ((), "inconclusive")
    abort(shop.system, "production", name="canary", runtimes=shop.project.runtime)
    assert check(shop.system, "production", canaries=rooms[0]).canary is None
    assert shop.project.deployed() == first


def test_blue_and_green_take_two_commands_and_one_back(shop: Shop) -> None:
    blue = shop.project.head().cut
    shop.project.fork("production", "green")
    (shop.root / "policies.toml").write_text("")
    release = shop.project.deploy(environment="green").release
    shop.write("jobs.md", "# Jobs\n\nWe hire bakers.")
    shop.project.ingest(environment="green")
    meanwhile = shop.ask(SHOES)
    assert shop.project.deployed() != release
    done = shop.project.rollback("green", reason="green is good")
    assert done.before.tick > blue.tick
    assert shop.project.deployed() == release
    assert "jobs.md" in {one["path"] for one in shop.project.documents()}
    assert shop.project.decision(meanwhile.id), "what blue wrote stays readable"
    assert shop.ask(STUDENTS).stamp.release == release
    shop.project.rollback(str(done.before))
    assert shop.project.deployed() != release
