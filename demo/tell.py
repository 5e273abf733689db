"""How the demo speaks: chapters, sentences, quotations, and claims that must hold."""

from __future__ import annotations

from rich.console import Console
from shop import Answer

OUT = Console(highlight=False, soft_wrap=True)
BAD = ("90%", "90 %")


def promises(text: str) -> bool:
    return any(bad in text for bad in BAD)


def chapter(title: str) -> None:
    OUT.rule(f"[bold]{title}[/bold]", align="left")


def say(text: str) -> None:
    OUT.print(text)


def quote(answer: Answer) -> None:
    OUT.print(f"[cyan]customer[/cyan] {answer.question}")
    OUT.print(f"[cyan]bot[/cyan]      {answer.text}\n")


def check(holds: bool, claim: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise SystemExit(f"NOT SO: {claim}")
    OUT.print(f"[green]✓[/green] {claim}")
