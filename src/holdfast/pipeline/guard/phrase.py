"""Phrases that must not, or must, occur."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.pipeline.guard.rule import Match, words
from holdfast.privacy.fold import Folded


class ForbiddenPhrase:
    """Met by each of some phrases, as whole words."""

    absent = False

    def __init__(self, phrases: tuple[str, ...]) -> None:
        self._phrases = words(phrases)

    def find(self, text: Folded) -> Iterator[Match]:
        for match in self._phrases.finditer(text.text):
            found = " ".join(match[0].lower().split())
            yield Match(match.start(), match.end(), f"contains {found!r}")


class RequiredPhrase:
    """Met by a text without any of some phrases; with ``when``, only if one of those occurs."""

    absent = True

    def __init__(self, phrases: tuple[str, ...], *, when: tuple[str, ...] = ()) -> None:
        self._names = phrases
        self._phrases = words(phrases)
        self._when = words(when, inflected=True) if when else None

    def find(self, text: Folded) -> Iterator[Match]:
        if self._when is not None and not self._when.search(text.text):
            return
        if not self._phrases.search(text.text):
            yield Match(0, len(text.text), f"says none of {', '.join(map(repr, self._names))}")
