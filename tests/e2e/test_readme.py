"""What README.md tells a newcomer to type does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.transcript import DECISION, Step, blocks, steps

ROOT = Path(__file__).parents[2]
END = "-- end of command --"
PRINTED_URL = "http://127.0.0.1:8321"

BIN = Path(sys.executable).parent
ENVIRONMENT = {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "HOLDFAST_ACTOR": "newcomer",
    "LANG": "C.UTF-8",
}


class Shell:
    """One bash session, so that ``cd`` holds."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> str:
        """What a command prints; it must succeed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{command} </dev/null\necho '{END}' $?\n")
        stdin.flush()
        lines: list[str] = []
        for line in stdout:
            if line.startswith(END):
                assert line.split()[-1] == "0", f"{command}: {''.join(lines)}"
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended at {command!r}: {''.join(lines)}")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def readme() -> list[tuple[str, str]]:
    """Language and text of the README's blocks of code, in order."""
    return blocks((ROOT / "README.md").read_text(encoding="utf-8"))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The README's ``holdfast serve``, on a free port; yields its address."""
    with subprocess.Popen(
        ["holdfast", "serve", "--port", "0"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\w.:]+", line)
            assert found, line
            (promised,) = (s for _, text in readme() for s in steps(text) if "serve" in s.command)
            expected = promised.output.replace(PRINTED_URL, found[0])
            assert line == expected
            yield found[0]
        finally:
            process.terminate()
            process.wait(60)


def follow(shell: Shell) -> Iterator[tuple[Step, str]]:
    """Type every command of the README but the server's; yields what came of it."""
    decision = ""
    for language, text in readme():
        for step in steps(text) if language == "console" else []:
            if step.command.startswith("holdfast serve"):
                continue
            output = shell.run(step.command.replace("DECISION", decision))
            yield step, output
            decision = (DECISION.findall(output) or [decision])[-1]


def python(text: str, *, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Step, str]]]:
    """The folder where the README was followed, and each step with its output."""
    folder = tmp_path_factory.mktemp("readme")
    shell = Shell(folder)
    try:
        return folder, list(follow(shell))
    finally:
        shell.close()


@pytest.mark.slow
def test_the_commands_print_what_the_readme_says(
    told: tuple[Path, list[tuple[Step, str]]],
) -> None:
    _, outcomes = told
    assert len(outcomes) > 10
    wrong = [
        f"$ {step.command}\n-- promised --\n{step.output}-- printed --\n{output}"
        for step, output in outcomes
        if not step.holds(output)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_python_blocks_run(told: tuple[Path, list[tuple[Step, str]]]) -> None:
    folder, _ = told
    of_client, in_process = (text for language, text in readme() if language == "python")
    with served(folder / "support") as url:
        assert PRINTED_URL in of_client
        assert "can be returned" in python(of_client.replace(PRINTED_URL, url), cwd=folder)
    assert python(in_process, cwd=folder).strip().endswith("True")


def test_two_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for _, text in readme():
        for target in re.findall(r"^make (\w+)", text, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
