"""The answer under way: prompts, generation, guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from holdfast.domain.decision import ANSWERED, BLOCKED, FAILED, GuardFinding, PromptStep
from holdfast.domain.digest import digest
from holdfast.domain.event import Entry
from holdfast.errors import ProviderError
from holdfast.pipeline import generate, guard, prompt
from holdfast.pipeline.runtime import Runtime
from holdfast.pipeline.stages import Stages
from holdfast.ports.model import Generation, Message, Sampling


@dataclass(slots=True)
class Reply:
    """What there is of an answer so far."""

    text: str = ""
    status: str = ANSWERED
    steps: list[PromptStep] = field(default_factory=list)
    findings: tuple[GuardFinding, ...] = ()
    error: ProviderError | None = None
    cost: float | None = 0.0
    """US dollars of what was generated, ``None`` when a price is not known."""

    def refuse(self, text: str) -> None:
        """The guard stopped the question itself."""
        self.text, self.status = text, BLOCKED

    def recall(self, cached: Entry) -> None:
        """The answer comes from the cache."""
        self.text = cached.value["answer"]
        self.steps = [PromptStep(**step) for step in cached.value["prompts"]]
        self.findings = tuple(GuardFinding(**finding) for finding in cached.value["findings"])

    def write(
        self,
        values: dict[str, Any],
        *,
        runtime: Runtime,
        sampling: Sampling,
        stages: Stages,
        stream: bool,
    ) -> Iterator[str]:
        """Run the chain of prompts; yields text that is safe to show.

        ``values`` are the templates' variables. A provider's failure ends it with status failed.
        """
        shown = guard.GuardedStream(runtime.guard)
        last = runtime.prompts[-1]
        try:
            for template in runtime.prompts:
                with stages("prompt"):
                    messages = prompt.render(template, values)
                with stages("generate"):
                    pieces = generate.generate_step(
                        runtime.model,
                        messages,
                        sampling=sampling,
                        attempts=runtime.attempts,
                        stream=stream and template is last,
                    )
                    for piece in pieces:
                        if isinstance(piece, Generation):
                            values[template.name] = piece.text
                            self.steps.append(_step(template.name, messages, sampling, piece))
                            self._spend(piece)
                        elif safe := shown.feed(piece):
                            yield safe
        except ProviderError as error:
            self.error, self.text, self.status = error, shown.text, FAILED
            return
        with stages("guard"):
            outcome = runtime.guard.apply(values[last.name])
        self.findings = outcome.findings
        self.text, self.status = outcome.text, BLOCKED if outcome.replaced else ANSWERED
        if rest := shown.close(outcome):
            yield rest

    def _spend(self, generation: Generation) -> None:
        known = self.cost is not None and generation.cost is not None
        self.cost = (self.cost or 0.0) + (generation.cost or 0.0) if known else None


def _step(
    name: str, messages: tuple[Message, ...], sampling: Sampling, generation: Generation
) -> PromptStep:
    usage = generation.usage
    return PromptStep(
        name=name,
        rendered=prompt.rendered_digest(messages),
        output=digest(generation.text),
        model=generation.model,
        fingerprint=generation.fingerprint,
        seed=sampling.seed,
        input_tokens=usage.input if usage else None,
        output_tokens=usage.output if usage else None,
        cached_tokens=usage.cached if usage else None,
        finish_reason=generation.finish_reason,
    )
