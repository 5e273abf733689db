"""Taking out of texts what must not be kept."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any
from unicodedata import is_normalized

import re2

from holdfast.domain.digest import Json, digest
from holdfast.errors import SettingsError
from holdfast.privacy.fold import Folded, fold
from holdfast.privacy.recognise import bare, cards, emails, ibans, phones
from holdfast.privacy.secrets import SHAPES, keys
from holdfast.settings import PrivacySettings

Span = tuple[int, int]
Find = Callable[[str], Iterator[Span]]
PASSES = 4
"""How often a text is looked at: what stands between two finds may make a third."""
LARGE = 10**12
"""Whole numbers below it are no card numbers."""
NAME = 16
"""Hex characters of the digest that stands for a name."""
HIDDEN = re2.compile(r"[\p{Cf}\x{fe00}-\x{fe0f}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]")
"""Characters that are not seen: a text with any is looked at in full."""
CONTROL = re2.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|[^\x00-\x7e]")
"""Some of them, or anything else that ASCII text has not: there may be hidden ones."""
SEAM = "\n\n"
"""Between texts that are looked at together; nothing that is recognised reaches over it."""
HINTS: dict[str, Sequence[str]] = {
    "email": (r"\S@\S",),
    "phone": (r"[+\x{ff0b}][ (]{0,2}\p{Nd}",),
    "card": (r"\p{Nd}(?:[ -]?\p{Nd}){12}",),
    "iban": (r"(?:^|[^A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11}",),
    "key": SHAPES,
}
"""What a text must hold to be worth looking at; RE2, which reads it once for all of them."""
NATIONAL = r"\p{Nd}[\p{Nd} ()./-]{4,}\p{Nd}"
"""A hint of a phone number that is written without its country's code."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is taken out under one name."""

    name: str
    hint: Any
    """Matches wherever ``find`` may find something."""
    find: Find


class Redactor:
    """Replaces what it recognises by its kind: ``[email]``, ``[card]``, ``[key]`` ...

    The same text always becomes the same text. Recognisers are those of the guard; texts are read
    as the guard reads them, so that a hidden character hides nothing.

    >>> from holdfast.settings import PrivacySettings
    >>> text, found = Redactor(PrivacySettings()).text("Card 4111 1111 1111 1111, thanks")
    >>> text, dict(found)
    ('Card [card], thanks', {'card': 1})
    """

    def __init__(self, settings: PrivacySettings) -> None:
        own: list[str] = []
        known: dict[str, Find] = {
            "key": keys,
            "email": emails,
            "iban": ibans,
            "card": cards,
            "phone": partial(phones, region=settings.region or None),
        }
        self._kinds: list[_Kind] = []
        for name, find in known.items():
            if name in settings.redact:
                hints = [*HINTS[name], *([NATIONAL] if name == "phone" and settings.region else [])]
                self._kinds.append(_Kind(name, _joined(hints), find))
        for name, pattern in settings.patterns.items():
            compiled = _compiled(name, pattern)
            self._kinds.append(_Kind(name, compiled, partial(_matches, compiled)))
            own.append(pattern)
        self._allowed = frozenset(map(bare, settings.allow))
        self.active = bool(self._kinds)
        every = [hint for name in settings.redact for hint in HINTS[name]]
        every += [NATIONAL] if settings.region and "phone" in settings.redact else []
        self._hint = _joined([*every, *own])

    def suspects(self, texts: Sequence[str]) -> set[str]:
        """Those of some texts that may hold something, told quickly: they are read as one."""
        if not self.active:
            return set()
        whole = SEAM.join(texts)
        found: set[str] = set()
        if not whole.isascii() and not is_normalized("NFKC", whole):
            found |= {t for t in texts if not t.isascii() and not is_normalized("NFKC", t)}
        places: list[int] = []
        plain = whole.isascii()
        # Bytes are searched thrice as fast, and of ASCII text each is a character.
        searched = whole.encode() if plain else whole
        for pattern in (self._hint, HIDDEN) if CONTROL.search(searched) else (self._hint,):
            for match in pattern.finditer(searched):
                places = places or list(accumulate(map(self._step, texts), initial=0))
                first, last = bisect_right(places, match.start()), bisect_right(places, match.end())
                found.update(texts[max(first - 1, 0) : last])
        return found

    @staticmethod
    def _step(text: str) -> int:
        return len(text) + len(SEAM)

    def text(self, text: str) -> tuple[str, Counter[str]]:
        """The text without what was recognised, and how often which kind was."""
        found: Counter[str] = Counter()
        if not _encodable(text):
            return text, found
        for _ in range(PASSES):
            spans = self._spans(fold(text))
            if not spans:
                break
            for start, end, kind in reversed(spans):
                text = f"{text[:start]}[{kind}]{text[end:]}"
                found[kind] += 1
        return text, found

    def value(self, value: Json) -> tuple[Json, Counter[str]]:
        """A JSON value with every text and name in it redacted."""
        found: Counter[str] = Counter()

        def clean(inner: Any) -> Any:
            if isinstance(inner, str):
                text, more = self.text(inner)
                found.update(more)
                return text
            if isinstance(inner, int) and not isinstance(inner, bool) and abs(inner) >= LARGE:
                text = clean(str(inner))
                return inner if text == str(inner) else text
            if isinstance(inner, list | tuple):
                return [clean(one) for one in inner]
            if isinstance(inner, Mapping):
                return {clean(name): clean(one) for name, one in inner.items()}
            return inner

        return clean(value), found

    def name(self, name: str) -> str:
        """A name of somebody; one that tells who it is becomes one that does not.

        The same name always becomes the same one, so that it can still be found.

        >>> from holdfast.settings import PrivacySettings
        >>> redactor = Redactor(PrivacySettings(redact=("email",)))
        >>> redactor.name("u-17"), redactor.name("ann@mail.example")
        ('u-17', 'email-3bc7f6f3624bb592')
        """
        text, found = self.text(name)
        return name if text == name else f"{next(iter(found))}-{digest(name)[:NAME]}"

    def _spans(self, folded: Folded) -> list[tuple[int, int, str]]:
        """Where something is to be taken out, in order; of two that overlap, the first is wider."""
        found: list[tuple[int, int, str]] = []
        for one in self._kinds:
            if not one.hint.search(folded.text):
                continue
            for start, end in one.find(folded.text):
                if start < end and bare(folded.text[start:end]) not in self._allowed:
                    found.append((*folded.span(start, end), one.name))
        kept: list[tuple[int, int, str]] = []
        for start, end, kind in sorted(found, key=lambda one: (one[0], -one[1])):
            if kept and start < kept[-1][1]:
                first, until, named = kept.pop()
                kept.append((first, max(until, end), named))
            else:
                kept.append((start, end, kind))
        return kept


def _encodable(text: str) -> bool:
    """Whether a text can be stored at all: whoever stores it refuses a lone surrogate."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _joined(hints: Sequence[str]) -> Any:
    # Texts are looked at together, so that a line's beginning may be a text's.
    return re2.compile("|".join(f"(?m:{hint})" for hint in hints), _options())


def _matches(pattern: Any, text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield match.span()


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


def _compiled(name: str, pattern: str) -> Any:
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as e:
        raise SettingsError(f"privacy.patterns.{name}: {pattern!r} is no RE2 pattern: {e}") from e
    if r"\A" in pattern or r"\z" in pattern:
        raise SettingsError(f"privacy.patterns.{name}: {pattern!r}: write ^ and $ for \\A and \\z")
    if compiled.search(""):
        raise SettingsError(
            f"privacy.patterns.{name}: {pattern!r} matches nothing at all; say what"
        )
    return compiled
