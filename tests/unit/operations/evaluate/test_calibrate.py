from __future__ import annotations

import json

import pytest

from holdfast.domain.dataset import Case
from holdfast.errors import StatisticsError
from holdfast.evaluation.gate import gate
from holdfast.evaluation.suite import parse
from holdfast.operations.evaluate.calibrate import calibrate
from holdfast.operations.evaluate.evaluate import Conduct, Target, evaluate, parts
from holdfast.operations.evaluate.judges import Judges
from tests.support.judge import MODEL
from tests.support.project import SHOES, Parts, Script, made

PROMPT = "## user\n<answer>{{ answer }}</answer>\n"
SUITE = """dataset = "golden"
[metrics.strict]
scorer = "judge"
options = { judge = "strict", application = "support" }
"""


def grade(messages) -> str:
    """Gives 4 of 5 to answers that hold a digit, 3 to others that are long, else 2."""
    answer = messages[-1].content.removeprefix("<answer>").removesuffix("</answer>")
    score = 4 if any(c.isdigit() for c in answer) else 3 if len(answer) > 10 else 2
    return json.dumps({"reason": "so", "score": score})


@pytest.fixture
def shop(tmp_path):
    """A project with a judge that grades, for which 3 of 5 is good by default."""
    shop = made(tmp_path / "shop", Parts(judges=lambda _: Script(grade, name="grader")))
    folder = shop.root / "judges"
    (folder / "strict.md").write_text(PROMPT)
    (folder / "strict.toml").write_text(f'prompt = "strict.md"\nkind = "score"\n{MODEL}')
    return shop


def labels(shop, *, application: str, good: str) -> None:
    """Labels whose good answers are those that ``good`` is written for."""
    texts = {"digit": "within {} days", "long": "certainly, my dear {}", "short": "no {}"}
    rows = []
    for n in range(8):
        for kind, text in texts.items():
            mark = n if kind == "digit" else "abcdefgh"[n]
            label = kind == "digit" or (kind == "long" and good == "long")
            rows.append({"answer": text.format(mark), "label": label, "application": application})
    file = shop.root / f"{application}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def run(shop, application: str, **more):
    file = shop.root / f"{application}.jsonl"
    judges = Judges(shop.system)
    return calibrate(shop.system, judges, name="strict", file=file, application=application, **more)


def test_each_application_gets_the_threshold_that_fits_it(shop) -> None:
    labels(shop, application="support", good="digit")
    labels(shop, application="chat", good="long")
    support, chat = (run(shop, name).calibration for name in ("support", "chat"))
    assert (support.threshold, chat.threshold) == (0.625, 0.375)
    for one in (support, chat):
        assert (one.sensitivity.estimate, one.specificity.estimate) == (1.0, 1.0)
        assert one.auroc.estimate == pytest.approx(1.0, abs=0.02)
    known = Judges(shop.system).calibrations(support.digest)
    assert {name: one.threshold for name, one in known.items()} == {"support": 0.625, "chat": 0.375}
    assert known["support"].items == support.items

    shop.project.datasets.save("golden", [Case("shoes", SHOES)])
    for application, threshold in (("support", 0.625), ("chat", 0.375), ("other", 0.5)):
        text = SUITE.replace("support", application)
        suite = parse(text, file="s.toml", parts=parts(shop.system))
        conduct = Conduct(shop.system, shop.project.runtime)
        found = evaluate(conduct, suite, target=Target("production"))
        (score,) = found.scores["strict"].values()
        assert (score.value, score.detail["threshold"]) == (True, threshold)
        (rate,) = gate(suite, found).judged
        assert rate.calibrated is (application != "other")


def test_a_dry_run_asks_nothing_and_keeps_nothing(shop) -> None:
    labels(shop, application="support", good="digit")
    done = run(shop, "support", dry_run=True)
    assert (done.calibration, done.labels, done.questions) == (None, 24, 72)
    assert done.most.tokens > 72 * 512
    for store in ("judges", "judgements", "calibrations"):
        assert shop.project.entries(store) == []


def test_a_judge_that_never_answers_calibrates_nothing(shop) -> None:
    labels(shop, application="support", good="digit")
    shop.system.close()
    silent = Parts(judges=lambda _: Script(lambda _: "well ...", name="silent"))
    with pytest.raises(StatisticsError, match=r"judge 'strict': .* no answer.*is not JSON"):
        run(type(shop)(shop.root, silent), "support")


def test_the_ledger_knows_the_judge_and_what_it_said(shop) -> None:
    labels(shop, application="support", good="digit")
    done = run(shop, "support", most=0)
    (judge,) = shop.project.entries("judges")
    assert (judge.key, judge.value["digest"]) == ("strict", done.calibration.digest)
    identity = json.loads(shop.system.blobs.get(judge.value["digest"]))
    assert identity["prompt"] == PROMPT
    assert len(shop.project.entries("judgements")) == done.spent.asked == 24
    assert run(shop, "support", most=0).spent.asked == 0
    assert len(shop.project.entries("judges")) == 1
