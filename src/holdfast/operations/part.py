"""Which release answers a question: the deployed one, or a canary's candidate."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.rollout import CANDIDATE
from holdfast.pipeline.question import Question, unit
from holdfast.pipeline.run import Draft
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, rollouts


@dataclass(frozen=True, slots=True)
class Part:
    """The release that answers, and for which arm of which canary; empty without one."""

    release: str
    canary: str = ""
    arm: str = ""

    def mark(self, draft: Draft) -> Draft:
        """A draft whose stamp says whose part it was."""
        if not self.canary:
            return draft
        stamp = replace(draft.decision.stamp, canary=self.canary, arm=self.arm)
        return replace(draft, decision=replace(draft.decision, stamp=stamp))


def choose(view: View, question: Question) -> Part:
    """Whose part a question is, as of a view. Raises ``StateError`` if nothing is deployed.

    A question without session, user and id (one asked of the past) is nobody's: what is deployed
    answers.
    """
    deployed = catalog.deployed(view, environment=question.environment)
    canary = rollouts.canary(view, question.environment)
    name = unit(question)
    if canary is None or not canary.running or not name:
        return Part(deployed)
    arm = canary.arm(name)
    return Part(canary.candidate if arm == CANDIDATE else deployed, canary.id, arm)
