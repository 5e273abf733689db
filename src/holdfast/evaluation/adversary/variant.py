"""What an attack makes of a case, and how the case's knowledge is carried over."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.dataset import Case

ANSWER, REFUSE, UNCHANGED = "answer", "refuse", "unchanged"
ADVERSARIAL = "adversarial"
"""Tag of every case that an attack made."""


@dataclass(frozen=True, slots=True)
class Variant:
    """An attacked case before it has a name: what changes, and what should come of it.

    ``expect``: ``unchanged`` means as good an answer as to the original, ``answer`` one that holds
    against what the question claims, ``refuse`` none.
    """

    question: str
    expect: str
    detail: str = ""
    """Which of an attack's forms it is."""
    history: tuple[tuple[str, str], ...] = ()
    """Turns that come after the case's own."""
    context: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    """Claims that the attack wants to hear."""
    truth: str = ""
    """What must be said against them; if it is a fact of the case, the only one asked for."""


def case_of(variant: Variant, parent: Case, *, kind: str, copy: int) -> Case:
    """The case of a variant: of its parent's cluster, tagged, expecting the right thing.

    What a parent wants refused stays refused, however it is wrapped. A case to refuse has no
    facts, no reference and no relevant documents.
    """
    expect = REFUSE if parent.expect == REFUSE else variant.expect
    refused = expect == REFUSE
    attack = {"parent": parent.id, "attack": kind, "form": variant.detail}
    return replace(
        parent,
        id=f"{parent.id}~{kind}.{copy}",
        question=variant.question,
        history=(*parent.history, *variant.history),
        reference="" if refused else parent.reference,
        facts=() if refused else _facts(variant, parent),
        forbidden=tuple(dict.fromkeys((*parent.forbidden, *variant.forbidden))),
        relevant=() if refused else parent.relevant,
        context=(*parent.context, *variant.context),
        tags=tuple(dict.fromkeys((*parent.tags, ADVERSARIAL, f"attack:{kind}"))),
        cluster=parent.cluster or parent.id,
        expect=expect,
        metadata={**parent.metadata, **{key: value for key, value in attack.items() if value}},
    )


def _facts(variant: Variant, parent: Case) -> tuple[str, ...]:
    """A question that claims something false asks for its truth alone, not for all of the facts."""
    if not variant.truth:
        return parent.facts
    return (variant.truth,) if variant.truth in parent.facts else ()
