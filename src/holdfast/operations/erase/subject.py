"""Whose content is erased."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.decision import Decision
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.record import check_text
from holdfast.errors import UsageError

SESSION, USER, DECISION = "session", "user", "decision"


@dataclass(frozen=True, slots=True)
class Subject:
    """A conversation, a user as the application called them, or one decision."""

    kind: str
    name: str
    aliases: frozenset[str] = frozenset()
    """What else they may be recorded as."""

    @property
    def names(self) -> frozenset[str]:
        """Everything that they may be recorded as."""
        return self.aliases | {self.name}

    @classmethod
    def of(cls, *, session: str = "", user: str = "", decision: str = "") -> Subject:
        """The one that is given. Raises ``UsageError`` for none, several, or no name."""
        named = {SESSION: session, USER: user, DECISION: decision}
        given = [(kind, name) for kind, name in named.items() if name]
        if len(given) != 1:
            raise UsageError("say whose content is erased: a session, a user or a decision, one")
        kind, name = given[0]
        check_text(name, what=kind)
        return cls(kind, name)

    def owns(self, decision: Decision) -> bool:
        """Whether a decision is theirs."""
        if self.kind == SESSION:
            return decision.session in self.names
        if self.kind == USER:
            return decision.metadata.get("user") in self.names
        return decision.id == self.name

    def json(self) -> JsonObject:
        """As the ledger names it: by digest, so that the record tells no name."""
        return {"kind": self.kind, "digest": digest(self.name)}
