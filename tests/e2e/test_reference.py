"""The examples of docs/reference/cli.md, run in order in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.terminal import caller
from tests.support.transcript import DECISION, Step, blocks, steps

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_examples_print_what_the_reference_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    call = caller(capsys, monkeypatch)
    text = REFERENCE.read_text(encoding="utf-8")
    examples = [s for kind, block in blocks(text) if kind == "console" for s in steps(block)]
    assert len(examples) > 25
    wrong: list[str] = []
    decision = ""
    for example in examples:
        program, *words = shlex.split(example.command.replace("DECISION", decision))
        if program == "cd":
            monkeypatch.chdir(words[0])
            continue
        assert program == "holdfast"
        ended = call(*words, fails=None)
        printed = ended.out + ended.err
        decision = (DECISION.findall(printed) or [decision])[-1]
        if (ended.code != 0) != example.output.startswith("holdfast: ") or not example.holds(
            printed
        ):
            wrong.append(f"$ {example.command}\n{example.output}-- printed --\n{printed}")
    assert not wrong, "\n".join(wrong)


def test_every_error_code_is_in_the_table() -> None:
    from holdfast import errors

    rows = dict(re.findall(r"^\| (`.*`) \| (\d) \|$", REFERENCE.read_text(), re.MULTILINE))
    table = {
        code: int(number) for codes, number in rows.items() for code in re.findall(r"\w+", codes)
    }
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    real = {kind.code: kind.exit_code for kind in kinds if issubclass(kind, errors.HoldfastError)}
    assert table.items() <= real.items()
    assert real.keys() - table.keys() <= {"error", "document", "statistics"}


@pytest.mark.parametrize(
    ("output", "printed", "holds"),
    [
        ("a\n...\n", "a\n", True),
        ("a\n...\nb\n", "a\nx\ny\nb\n", True),
        ("a\n...\nb\n", "a\nx\n", False),
        ("a  b\n", "a      b   \n", True),
        ("a  b\n", "a b\n", False),
        ("at ... UTC\n", "at noon UTC\n", True),
        ("at ... UTC\n", "at noon\n", False),
        ("", "x\n", False),
    ],
)
def test_a_promise_can_be_broken(output: str, printed: str, holds: bool) -> None:  # noqa: FBT001
    assert Step("x", output).holds(printed) is holds
