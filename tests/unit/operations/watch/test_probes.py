from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from holdfast.domain.digest import digest
from holdfast.errors import BudgetError, NotFoundError, ProviderError, ProviderRefusedError
from holdfast.observation.duration import MINUTE
from holdfast.observation.fact import facts
from holdfast.operations.retention.clean import clean
from holdfast.operations.watch.alerts import Alerts
from holdfast.operations.watch.incidents import Incidents
from holdfast.operations.watch.probes import Probes
from holdfast.operations.watch.rounds import ROUNDS, rounds
from holdfast.ports.ledger import Query
from holdfast.ports.model import Message
from tests.support.project import SHOES, Parts, Script, Shop, made

TOML = f'[probes.shoes]\nquestion = "{SHOES}"\n'
RIGHT, WRONG = "Yes, within 30 days.", "No, never."
DRAFT = "# Shoes\n\nCan I return shoes that I wore once? Shoes worn once cannot be returned.\n" * 3


class Answers:
    """A model that says one thing after the other, or fails."""

    def __init__(self) -> None:
        self.text = RIGHT
        self.error: ProviderError | None = None

    def __call__(self, messages: tuple[Message, ...]) -> str:
        if self.error is not None:
            raise self.error
        return self.text


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def shop(tmp_path: Path, answers: Answers) -> Shop:
    found = made(tmp_path / "shop", Parts(model=Script(answers)))
    (found.root / "probes.toml").write_text(TOML)
    return found


@pytest.fixture
def probes(shop: Shop) -> Probes:
    return Probes(shop.system, shop.project.runtime)


def go(shop: Shop, probes: Probes, number: int) -> None:
    """So many rounds, a quarter of an hour apart."""
    for _ in range(number):
        shop.parts.clock.advance(minutes=15)
        assert probes.run("shoes", force=False) is not None


def test_the_first_round_makes_the_baseline(shop: Shop, probes: Probes) -> None:
    (before,) = probes.status()
    assert (before.state, before.due) == ("no baseline", 0)
    found = probes.run("shoes")
    assert found is not None
    assert (found.asked, found.unusual, found.moved, found.overlap) == (5, 0, (), 1.0)
    (one,) = probes.status()
    assert one.baseline is not None
    assert (one.state, one.rounds, one.baseline.answers) == ("calm", 1, 60)
    assert one.due - found.at == 15 * MINUTE
    assert f"release:{one.baseline.release}" in [
        link.edge.source for link in shop.system.ledger.links(sources=[
            f"release:{one.baseline.release}"]) if link.store == "baselines"
    ]  # fmt: skip


def test_nobody_else_sees_a_probe(shop: Shop, probes: Probes) -> None:
    go(shop, probes, 3)
    ledger = shop.system.ledger
    assert facts(ledger, "production", since=0) == []
    written = {entry.store for _, entry in ledger.history(Query())}
    assert not written & {"decisions", "memory", "cache", "feedback", "ratings", "assessments"}
    assert shop.ask(SHOES).stamp.cache is None, "an answer to a probe is not given again"


def test_a_silent_change_raises_a_page_with_an_incident(
    shop: Shop, probes: Probes, answers: Answers
) -> None:
    go(shop, probes, 5)
    assert Alerts(shop.system).check().began == ()
    answers.text = WRONG
    needed = 0
    while probes.status()[0].state == "calm":
        go(shop, probes, 1)
        needed += 1
    assert needed <= 4
    (began,) = Alerts(shop.system).check().began
    assert (began.slo, began.severity) == ("probe:shoes", "page")
    assert f"now “{WRONG}”" in began.summary
    assert Alerts(shop.system).check().began == (), "one page is enough"
    evidence = Incidents(shop.system).find("last").evidence
    assert (evidence["bad"], evidence["good"]) == (5 * needed, 0)
    answers.text = RIGHT
    go(shop, probes, 20)
    (ended,) = Alerts(shop.system).check().ended
    assert ended.slo == "probe:shoes"


def test_the_incident_names_the_page_that_came_in(
    shop: Shop, probes: Probes, answers: Answers
) -> None:
    go(shop, probes, 5)
    before = shop.tick
    shop.bring("draft.md", DRAFT)
    answers.text = "Shoes worn once cannot be returned."
    go(shop, probes, 6)
    began = Alerts(shop.system).check().began
    assert "page" in [one.severity for one in began]
    incident = Incidents(shop.system).find("last")
    first = incident.evidence["suspects"][0]["changed"]
    assert (first["kind"], first["name"]) == ("document", "draft.md")
    assert int(incident.evidence["back_to"].partition("@")[2]) >= before


def test_a_silent_change_of_the_model_is_told(shop: Shop, probes: Probes) -> None:
    go(shop, probes, 2)
    assert isinstance(shop.parts.model, Script)
    shop.parts.model.fingerprint = "fp-2"
    go(shop, probes, 2)
    (began,) = Alerts(shop.system).check().began
    assert (began.severity, "model moved" in began.summary) == ("ticket", True)


def test_a_deployment_begins_with_a_baseline_of_its_own(
    shop: Shop, probes: Probes, answers: Answers
) -> None:
    go(shop, probes, 3)
    (shop.root / "prompts" / "answer.md").write_text("## user\n{{ question }}\n")
    shop.project.deploy(reason="shorter")
    answers.text = WRONG
    go(shop, probes, 1)
    (one,) = probes.status()
    assert (one.state, one.rounds) == ("calm", 1)
    assert one.baseline is not None
    assert one.baseline.before["effect"] == 1.0
    assert one.baseline.before["p_value"] < 0.01


def test_a_new_baseline_ends_the_alarm(shop: Shop, probes: Probes, answers: Answers) -> None:
    go(shop, probes, 2)
    answers.text = WRONG
    go(shop, probes, 8)
    assert Alerts(shop.system).check().began
    probes.fit("shoes", reason="as it should be")
    assert Alerts(shop.system).check().ended
    go(shop, probes, 1)
    assert probes.status()[0].state == "calm"


def test_a_baseline_may_be_of_a_moment(shop: Shop, probes: Probes) -> None:
    tick = shop.tick
    shop.bring("draft.md", DRAFT)
    made = probes.fit("shoes", at=f"@{tick}")
    assert made.cut.endswith(f"@{tick}")


def test_only_one_asks_at_a_time(shop: Shop, probes: Probes) -> None:
    go(shop, probes, 1)
    assert probes.run("shoes", force=False) is None, "not due"
    assert Probes(shop.system, shop.project.runtime).run("shoes", force=False) is None
    shop.parts.clock.advance(minutes=15)
    asked: list[object] = []

    class Meanwhile(Answers):
        def __call__(self, messages: tuple[Message, ...]) -> str:
            if not asked:
                asked.append(None)
                other = Probes(shop.system, shop.project.runtime)
                asked[0] = other.run("shoes")
            return RIGHT

    assert isinstance(shop.parts.model, Script)
    shop.parts.model.reply = Meanwhile()
    assert probes.run("shoes") is not None
    assert asked == [None]


def test_a_rollback_does_not_forget_rounds(shop: Shop, probes: Probes) -> None:
    go(shop, probes, 1)
    tick = shop.tick
    go(shop, probes, 3)
    shop.project.rollback(f"@{tick}")
    go(shop, probes, 1)
    assert probes.status()[0].rounds == 5


def test_without_answers_it_fails_and_says_so(shop: Shop, probes: Probes, answers: Answers) -> None:
    answers.error = ProviderRefusedError("no such model")
    with pytest.raises(ProviderError, match="0 answers of 60 are no baseline"):
        probes.run("shoes")
    answers.error = None
    go(shop, probes, 1)
    answers.error = ProviderRefusedError("no such model")
    go(shop, probes, 1)
    (one,) = probes.status()
    assert one.last is not None
    assert (one.state, one.last.errors, one.last.moved) == ("failing", 4, ())


def test_the_budget_of_the_day_is_kept(shop: Shop, probes: Probes) -> None:
    # The scripted model takes two tokens an answer: 120 for the baseline, 10 a round.
    (shop.root / "probes.toml").write_text("tokens_per_day = 145\n" + TOML)
    probes.run("shoes")
    probes.run("shoes")
    with pytest.raises(BudgetError, match="150 tokens"):
        probes.run("shoes")
    shop.parts.clock.advance(hours=24)
    assert probes.run("shoes") is not None


def test_a_clean_up_leaves_baselines(shop: Shop, probes: Probes) -> None:
    go(shop, probes, 1)
    clean(shop.system)
    assert Probes(shop.system, shop.project.runtime).run("shoes") is not None


def test_a_round_is_what_was_written(shop: Shop, probes: Probes) -> None:
    found = probes.run("shoes")
    (kept,) = rounds(shop.system.ledger, "production", probe="shoes")
    assert found is not None
    assert digest(asdict(kept)) == digest(asdict(found))
    query = Query(store=ROUNDS, key="production/shoes")
    assert len(list(shop.system.ledger.history(query))) == 2, "a claim and its round"


def test_an_unknown_probe_is_a_mistake(probes: Probes) -> None:
    with pytest.raises(NotFoundError, match="no probe 'boots'; there are shoes"):
        probes.run("boots")


def test_an_answer_that_was_withheld_rests_on_all_that_was_read(
    shop: Shop, probes: Probes, answers: Answers
) -> None:
    (shop.root / "policies.toml").write_text(
        '[[rules]]\nid = "n"\nkind = "forbidden_phrase"\nphrases = ["never"]\naction = "block"\n'
    )
    shop.project.deploy(reason="a rule")
    go(shop, probes, 5)
    shop.bring("draft.md", DRAFT)
    answers.text = WRONG
    go(shop, probes, 6)
    assert Alerts(shop.system).check().began
    first = Incidents(shop.system).find("last").evidence["suspects"][0]
    assert (first["changed"]["name"], first["p_value"] < 0.001) == ("draft.md", True)


def test_a_round_that_died_is_asked_again_when_its_time_is_over(
    shop: Shop, probes: Probes, answers: Answers
) -> None:
    go(shop, probes, 2)
    shop.parts.clock.advance(minutes=15)
    answers.error = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        probes.run("shoes", force=False)
    answers.error = None
    assert probes.run("shoes") is None, "it may still be under way"
    assert probes.status()[0].rounds == 2
    shop.parts.clock.advance(minutes=15)
    assert probes.run("shoes", force=False) is not None
    assert probes.status()[0].rounds == 3
