"""In what language a text is, roughly: enough to see that answers have changed theirs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from types import MappingProxyType
from typing import Final

UNKNOWN: Final = ""
_WORDS = MappingProxyType(
    {
        "en": "the of and to in is are you your for with this that can be not on or it within",
        "de": "der die das und zu in ist sind sie ihr für mit dies dass kann nicht auf oder ein",
        "fr": "le la les de et à est sont vous votre pour avec ce que peut pas sur ou une dans",
        "es": "el la los de y a es son usted su para con este que puede no en o una dentro",
        "it": "il la gli di e a è sono lei suo per con questo che può non su o una entro",
        "pt": "o a os de e é são você seu para com este que pode não em ou uma dentro",
        "nl": "de het een van en is zijn u uw voor met dit dat kan niet op of binnen wordt",
    }
)
_LANGUAGES = {
    word: tuple(language for language, words in _WORDS.items() if word in words.split())
    for word in {word for words in _WORDS.values() for word in words.split()}
}
"""Common word -> the languages that have it."""
_LATIN = "LATIN"
LOOKED = 400
"""Characters that are looked at: every decision is."""


def language(text: str) -> str:
    """A language by its commonest words, another script by its name, or empty when it is unclear.

    >>> language("Shoes can be returned within 30 days."), language("Das ist nicht erlaubt.")
    ('en', 'de')
    >>> language("靴は返品できます"), language("30 %")
    ('hiragana', '')
    """
    text = text[:LOOKED]
    script = _LATIN if text.isascii() else _script(text)
    if script != _LATIN:
        return script.lower()
    said = re.findall(r"[^\W\d_]+", text.lower())
    found = Counter(name for word in said for name in _LANGUAGES.get(word, ()))
    first, second = (*found.most_common(2), (UNKNOWN, 0), (UNKNOWN, 0))[:2]
    return first[0] if first[1] > second[1] else UNKNOWN


def _script(text: str) -> str:
    scripts = Counter(
        unicodedata.name(character, "").partition(" ")[0]
        for character in text
        if character.isalpha()
    )
    return scripts.most_common(1)[0][0] if scripts else UNKNOWN
