"""``holdfast drift corpus``"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.cli.options import open_project
from holdfast.cli.output import count, print_json, safe, say, table

if TYPE_CHECKING:
    from holdfast.operations.watch.corpus import CorpusDrift

MEANINGS = 15


def compare(
    before: str, after: str, *, env: str | None, suite: str, decisions: int, as_json: bool
) -> None:
    """Print what moved in the documents between two moments."""
    from holdfast.operations.watch.corpus import Wanted, corpus

    with open_project() as project:
        found = corpus(
            project.system,
            before,
            after=after,
            environment=env,
            wanted=Wanted(decisions, suite),
            runtimes=project.runtime,
        )
    print_json(found) if as_json else _tell(found)


def _tell(found: CorpusDrift) -> None:
    say(
        f"{count(found.added, 'document')} came, {found.removed:,} went, "
        f"{found.changed:,} changed; {found.passages[0]:,} passages then, "
        f"{found.passages[1]:,} now."
    )
    moved = [one for one in found.meanings if one.kind != "same"]
    if moved:
        rows = [
            (one.kind, one.name, one.before, one.after, f"{one.kept:.0%}", ", ".join(one.paths))
            for one in moved[:MEANINGS]
        ]
        table(("meaning", "named", "then", "now", "kept", "in"), rows)
    if found.neighbours is not None:
        say(
            f"The space is another one: documents share {found.neighbours:.0%} of their "
            "neighbours with those they had."
        )
    if found.collisions:
        told = [
            (one.kind, one.sentences[0], one.sentences[1], " / ".join(one.paths))
            for one in found.collisions
        ]
        table(("collide by", "one says", "the other", "in"), told)
    for word, paths in (("never", found.never), ("always", found.always)):
        if paths:
            more = f" and {len(paths) - MEANINGS} more" if len(paths) > MEANINGS else ""
            say(f"{word} found: {safe(', '.join(paths[:MEANINGS]))}{more}")
    if found.unanswerable:
        say("far from everything that is there:")
        for question in found.unanswerable:
            say(f"  {safe(question)}")
    _tell_asked(found)


def _tell_asked(found: CorpusDrift) -> None:
    say(
        f"Of the last {count(found.decisions, 'decision')}, {found.resting:,} rest on a document "
        "that changed or went."
    )
    other = [one for one in found.reasked if one.changed]
    if found.reasked:
        say(f"{len(other)} of {count(len(found.reasked), 'question')} asked again differ.")
    if other:
        rows = [(one.decision, one.question, one.before, one.now) for one in other]
        table(("decision", "question", "was answered", "would be"), rows)
    golden = found.golden
    if golden is None:
        return
    differ = [one for one in golden.answered if one.before != one.after]
    say(
        f"Suite {safe(golden.suite)}: {len(golden.answered)} of {count(golden.cases, 'case')} are "
        f"touched, {len(differ)} are answered otherwise."
    )
    for name, (was, now) in golden.means.items():
        say(f"  {safe(name)}: {was:.3f} → {now:.3f}")
    rows = [(one.case, one.question, one.before, one.after) for one in differ]
    if rows:
        table(("case", "question", "then", "now"), rows)
