"""Personal data: what identifies or bills somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from holdfast.pipeline.guard.rule import Match
from holdfast.privacy.fold import Folded
from holdfast.privacy.recognise import Span, bare, cards, emails, ibans, phones


class PersonalData:
    """Met by each e-mail address, phone number, payment card or bank account (IBAN).

    Cards must pass Luhn's check and IBANs theirs (ISO 7064 mod 97-10). Phone numbers are read with
    their country code, and without one as numbers of ``region`` (ISO 3166), if given. Findings
    never repeat what was found; what is in ``allow`` is none.
    """

    absent = False

    def __init__(
        self, types: tuple[str, ...], *, region: str | None = None, allow: tuple[str, ...] = ()
    ) -> None:
        self._types = types
        self._region = region
        self._allowed = frozenset(map(bare, allow))

    def find(self, text: Folded) -> Iterator[Match]:
        for name in self._types:
            for start, end in self._spans(name, text.text):
                if bare(text.text[start:end]) not in self._allowed:
                    yield Match(start, end, NAMES[name])

    def _spans(self, name: str, text: str) -> Iterator[Span]:
        return phones(text, self._region) if name == "phone" else FINDERS[name](text)


FINDERS: dict[str, Callable[[str], Iterator[Span]]] = {
    "email": emails,
    "card": cards,
    "iban": ibans,
}
NAMES = {
    "email": "an e-mail address",
    "phone": "a phone number",
    "card": "a payment card number",
    "iban": "a bank account number",
}
