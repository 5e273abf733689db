from __future__ import annotations

from dataclasses import replace

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Passage, Sample
from holdfast.evaluation.judge.labels import Labelled
from holdfast.evaluation.judge.probe import PADDING, padded, probes, turned
from tests.support.judge import MODEL, on, panel, verdict

SHOWN = "## user\n{{ passages }}<answer>{{ answer }}</answer>"


def items(count: int = 20, *, model: str = "", passages: int = 2) -> list[Labelled]:
    there = tuple(Passage("", "", "", f"passage {n}") for n in range(passages))
    return [
        Labelled(
            Sample(
                Case(f"c{n}", "q"),
                Output(f"c{n}", 0, f"{n} {('bad', 'good')[n % 2]}", "answered", passages=there),
            ),
            bool(n % 2),
            (("ann", bool(n % 2)),),
            model=model,
        )
        for n in range(count)
    ]  # fmt: skip


def found(judge, labelled, **more):
    verdicts = [judge.judge(item.sample).verdict for item in labelled]
    return {probe.name: probe for probe in probes(judge, labelled, verdicts=verdicts, **more)}


def test_a_judge_that_looks_at_the_answer_only_is_not_moved(tmp_path) -> None:
    told = found(panel(tmp_path, on("good"), prompt=SHOWN), items())
    for name in ("rerun", "length", "position"):
        probe = told[name]
        assert (probe.n, probe.moved, probe.p_value, probe.alpha) == (20, 0, 1.0, 1.0)
        assert probe.rate is not None
        assert probe.rate.low == 0
    assert "0 answers of its own family and 0 of others" in told["family"].note


def test_a_judge_that_likes_long_answers_is_found_out(tmp_path) -> None:
    told = found(
        panel(tmp_path, lambda s: verdict("pass" if PADDING in s or "good" in s else "fail")),
        items(),
    )
    length = told["length"]
    assert (length.moved, length.up) == (10, 10)
    assert length.p_value < 0.01
    assert told["position"].note == "the prompt shows no passages"


def test_a_judge_that_reads_the_first_passage_only_is_found_out(tmp_path) -> None:
    def first(shown: str) -> str:
        in_order = shown.index("passage 0") < shown.index("passage 1")
        return verdict("pass" if in_order else "fail")

    judge = panel(tmp_path, first, prompt=SHOWN)
    assert found(judge, items())["position"].moved == 20
    assert found(judge, items(), most=5)["position"].n == 5
    one = panel(tmp_path, on("good"), prompt=SHOWN)
    assert found(one, items(passages=1))["position"].note == "no answer has several passages"


def test_a_rerun_asks_anew(tmp_path) -> None:
    said = iter(["pass"] * 20 + ["fail"] * 20 + ["pass"] * 99)
    judge = panel(tmp_path, lambda _: verdict(next(said)), threads=1)
    rerun = found(judge, items())["rerun"]
    assert (rerun.moved, rerun.up) == (20, 0)
    assert rerun.alpha < 0


def test_a_judge_that_favours_its_own_family_is_found_out(tmp_path) -> None:
    own = [replace(i, model="gpt-4o") for i in items(20)]
    others = [replace(i, model="meta/llama-3") for i in items(20)]
    judge = panel(tmp_path, on("good"), models=MODEL)
    verdicts = [True] * 20 + [item.label for item in others]
    family = probes(judge, [*own, *others], verdicts=verdicts)[-1]
    assert (family.n, family.moved, family.up) == (20, 10, 10)
    assert family.p_value < 0.01
    assert family.note.startswith("accepts +0.500 more")


def test_changes_leave_the_sample_alone() -> None:
    sample = items(1)[0].sample
    assert padded(sample).output.answer.startswith(sample.output.answer)
    assert [p.text for p in turned(sample).output.passages] == ["passage 1", "passage 0"]
