"""Ask one model one question: a few attempts, then a recorded failure. Nobody else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.patience import PASSING, Patience
from holdfast.errors import ProviderError, ProviderReplyError
from holdfast.evaluation.judge.budget import Bill, Budget, Cost, Price, tokens_of
from holdfast.evaluation.judge.definition import Terms
from holdfast.evaluation.judge.reply import PROTOCOL, Reply, UnreadableError, read, schema
from holdfast.evaluation.judge.vote import Vote
from holdfast.ports.model import Generation, Message, Model, Sampling

AGAIN = "Your reply {problem}. Reply again: one JSON object exactly as asked for, nothing else."
LEFT = 2_000
"""Characters of an unreadable reply that a model is shown again."""
WHOLE = "stop"
ENDINGS = {
    "length": "judge_truncated",
    "content_filter": "judge_refused",
    "refusal": "judge_refused",
}
"""Other ways to end than ``stop``, and what a failure is called then."""


@dataclass(frozen=True, slots=True)
class Member:
    """A model of a judge, with what its tokens cost and what may be spent."""

    name: str
    model: Model
    price: Price = field(default_factory=Price)
    budget: Budget = field(default_factory=Budget)


def address(member: Member, messages: Sequence[Message], *, terms: Terms, repeat: int) -> str:
    """Digest of all that an answer depends on: under it the answer is kept."""
    return digest(
        {
            "protocol": PROTOCOL,
            "model": member.model.identity,
            "messages": [[m.role, m.content] for m in messages],
            "kind": terms.kind,
            "scale": list(terms.scale) if terms.kind == "score" else None,
            "temperature": terms.temperature,
            "max_tokens": terms.max_tokens,
            "seed": terms.seed,
            "structured": terms.structured,
            "repeat": repeat,
        }
    )


def ask(
    member: Member,
    messages: tuple[Message, ...],
    *,
    terms: Terms,
    repeat: int = 0,
    patience: Patience,
) -> Vote:
    """The model's vote; never a number unless it said one.

    A busy, down or silent provider is asked again after a wait (its ``Retry-After`` if it gives
    one), a reply that cannot be read after telling the model so; ``terms.attempts`` requests in
    all, none later than the patience's deadline. Raises ``BudgetError``.
    """
    vote = Vote(member.name, repeat)
    asked, began = messages, patience.now()
    for attempt in range(1, terms.attempts + 1):
        vote = replace(vote, attempts=attempt)
        wait = 0.0
        try:
            said, cost = _request(member, asked, terms=terms, seed=_seed(terms, repeat, attempt))
        except ProviderError as e:
            vote = replace(vote, error=str(e), code=e.code)
            if not isinstance(e, (*PASSING, ProviderReplyError)):
                return vote
            wait = patience.pause(attempt, asked=e.retry_after)
        else:
            vote = _heard(vote, said, cost)
            try:
                reply = _read(said, terms)
            except UnreadableError as e:
                code = ENDINGS.get(said.finish_reason, "judge_unreadable")
                vote = replace(vote, error=f"the reply {e}", code=code)
                asked = _again(messages, said, str(e)) if said.finish_reason == WHOLE else messages
            else:
                return replace(
                    vote, mark=reply.mark, said=reply.said, reason=reply.reason, error="", code=""
                )
        if attempt == terms.attempts or patience.now() + wait - began > patience.deadline:
            break
        if wait:
            patience.sleep(wait)
    return replace(vote, error=f"{vote.error} (attempt {vote.attempts} of {terms.attempts})")


def _request(
    member: Member, messages: tuple[Message, ...], *, terms: Terms, seed: int
) -> tuple[Generation, Cost]:
    given = sum(tokens_of(message.content) for message in messages)
    with member.budget.request(member.price.cost(given, terms.max_tokens)) as bill:
        said = member.model.generate(
            messages,
            sampling=Sampling(terms.temperature, 1.0, terms.max_tokens, seed=seed),
            schema=_asked_for(terms),
        )
        _pay(bill, said, member=member, given=given)
    return said, bill.cost


def _pay(bill: Bill, said: Generation, *, member: Member, given: int) -> None:
    """What the provider counted; where it does not count, our own estimate.

    A price of the file counts before the one that a provider publishes.
    """
    if said.usage is not None:
        cost = member.price.cost(said.usage.input, said.usage.output)
        bill.pay(cost if cost.dollars else replace(cost, dollars=said.cost or 0.0))
    else:
        bill.pay(member.price.cost(given, tokens_of(said.text)))


def _asked_for(terms: Terms) -> JsonObject | None:
    match terms.structured:
        case "schema":
            return schema(terms.kind, terms.scale)
        case "object":
            return {}
    return None


def _heard(vote: Vote, said: Generation, cost: Cost) -> Vote:
    return replace(
        vote,
        served=said.model,
        fingerprint=said.fingerprint,
        tokens=vote.tokens + cost.tokens,
        dollars=vote.dollars + cost.dollars,
    )


def _read(said: Generation, terms: Terms) -> Reply:
    """A reply that did not end by itself is none, even if it can be read."""
    if said.finish_reason in ENDINGS:
        problem = {"length": f"was cut after {terms.max_tokens} tokens (max_tokens)"}
        raise UnreadableError(problem.get(said.finish_reason, f"is a refusal: {said.text[:80]!r}"))
    return read(said.text, kind=terms.kind, scale=terms.scale)


def _again(messages: tuple[Message, ...], said: Generation, problem: str) -> tuple[Message, ...]:
    told = Message("user", AGAIN.format(problem=problem))
    return (*messages, Message("assistant", said.text[:LEFT]), told)


def _seed(terms: Terms, repeat: int, attempt: int) -> int:
    """Another seed for every repeat and attempt: the same would only repeat itself."""
    return int(digest([terms.seed, repeat, attempt])[:8], 16) & 0x7FFFFFFF
