"""A gate's verdict on paper: every format that ``holdfast gate`` and ``eval`` can write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.output import plain
from holdfast.errors import StorageError, UsageError

if TYPE_CHECKING:
    from holdfast.evaluation.gate import Gate
    from holdfast.evaluation.measured import Measured
    from holdfast.evaluation.suite import Suite

FORMATS = ("terminal", "json", "junit", "markdown", "github")
REPORTS = {".html": "html", ".json": "json", ".xml": "junit", ".md": "markdown"}
"""How a report is told from its file's name."""

Reports = Annotated[
    list[Path] | None,
    typer.Option("--report", help="Write .html, .json, .xml (JUnit) or .md; repeatable."),
]


def check(format_: str, reports: list[Path] | None) -> None:
    """Refuse a format or a file that nothing could be written to, before anything is asked."""
    if format_ not in FORMATS:
        raise UsageError(f"--format {format_!r} is none of {', '.join(FORMATS)}")
    for file in reports or ():
        if file.suffix not in REPORTS:
            raise UsageError(f"--report {str(file)!r} must end with one of {', '.join(REPORTS)}")
        if not file.parent.is_dir():
            raise UsageError(f"--report {str(file)!r}: no folder {str(file.parent)!r}; make it")


@dataclass(frozen=True)
class Paper:
    """A verdict with what it rests on."""

    suite: Suite
    gate: Gate
    candidate: Measured
    baseline: Measured | None = None

    def text(self, format_: str) -> str:
        """The verdict in one of the formats, or ``html``."""
        match format_:
            case "json":
                return json.dumps(plain(self.gate), ensure_ascii=False, indent=2) + "\n"
            case "junit":
                from holdfast.evaluation.report.junit import junit

                return junit(self.gate)
            case "markdown":
                from holdfast.evaluation.report.markdown import markdown

                return markdown(self.gate)
            case "github":
                return self._github()
            case "html":
                from holdfast.evaluation.report.html import html

                return html(self.suite, self.gate, candidate=self.candidate, baseline=self.baseline)
            case _:
                from holdfast.evaluation.report.terminal import terminal

                return terminal(self.gate) + "\n" if self.gate.rows else ""

    def write(self, reports: list[Path] | None) -> None:
        """Write each file in the format that its name asks for. Raises ``StorageError``."""
        for file in reports or ():
            try:
                file.write_text(self.text(REPORTS[file.suffix]), encoding="utf-8")
            except OSError as e:
                raise StorageError(
                    f"cannot write {str(file)!r} ({e.strerror}); the run is kept, give its --run "
                    "to write it elsewhere"
                ) from e

    def _github(self) -> str:
        """Annotations on the lines of the suite's file that ask for what does not hold."""
        from holdfast.evaluation.report.github import github
        from holdfast.settings import line_of

        path = Path(self.suite.path)
        written = path.read_text(encoding="utf-8")
        lines = {
            (row.metric, row.kind): line_of(written, [f"metrics.{row.metric}", row.kind])
            for row in self.gate.rows
        }
        # A build server stands in the repository, and GitHub wants paths from there.
        here = Path.cwd()
        inside = path.resolve().is_relative_to(here)
        file = path.resolve().relative_to(here) if inside else path
        return github(self.gate, file=file.as_posix(), lines=lines)
