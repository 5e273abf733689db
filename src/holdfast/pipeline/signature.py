"""What a question asks, as a strict sequence of words.

Two questions share a signature only when they differ in nothing but case, spacing, courtesies,
articles, contractions and closing punctuation. Everything else counts, in order: numbers, signs,
units, names, negations, prepositions, modals, pronouns. Two questions that mean the same and get
two signatures cost one generation; two that mean different things and share one cost a wrong
answer. So each rule below is only as wide as it can be without ever doing the second.
"""

from __future__ import annotations

import re
import unicodedata

SUPERSCRIPTS = {ord(s): f"^{n}" for s, n in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)}
"""NFKC would write x² as x2."""
ALIKE = {
    **{ord(c): "'" for c in "\u2019\u2018\u02bc`\u00b4"},
    **{ord(c): "-" for c in "\u2010\u2011\u2212\u2013"},
    **{ord(c): '"' for c in "\u201c\u201d\u201e\u00ab\u00bb"},
    **{ord(c): None for c in "\u00ad\u200b\ufeff"},
}
"""Signs that only typography tells apart, and characters nobody sees."""

_GREETING = r"(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening))(?: there| all)?"
_ASKING = r"(?:what|which|who|whom|whose|when|where|why|how)(?:'s)?\b"
_OPENERS = rf"(?:{_ASKING}|(?:can|could|do|does|did|is|are|may|should|would|will|please)\b)"
_MODAL = r"(?:can|could|would|will) you(?: please| kindly)?"
_WONDER = r"i(?:'d| would) like to know|i (?:want|need) to know|i was wondering|i wonder"
_THANKS = r"(?:many thanks|thanks(?: in advance)?|thank you(?: very much| in advance)?)"
COURTESIES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^{_GREETING}(?:\s*[,.!:;-]+\s+(?=\S)|\s+(?={_OPENERS}))",
        rf"(?<=[.!?,])\s+{_THANKS}[.!]*$",
        r"(?<!please)(?:,\s*|(?<=\w)\s+)(?:please|pls)[.!?]*$",
        r"^please,?\s+(?=(?:tell|explain|show|give|list|describe|summarize|help)\s)",
        rf"^(?:{_MODAL} tell me|tell me|do you know|{_WONDER})[,:]?\s+(?={_ASKING})",
    )
)
"""Removed in this order. Each needs the context that makes it a courtesy: "hello kitty" is none."""

OPENING = "([{\"'¿¡"
CLOSING = ")]}\"'?!.,;:…"
CLOSING_AFTER_DIGIT = ")?.,;:…"
"""5! is no 5, and neither is 5" nor 5'."""
SENTENCE_END = (".", "?", "!", ":")

CONTRACTIONS = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "let's": ("let", "us"),
}
ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'m": "am"}
VERBS = ("do", "does", "did", "is", "are", "was", "could", "should")
UNMARKED = {f"{verb}nt": (verb, "not") for verb in VERBS}
IS = frozenset(
    {
        "what", "who", "where", "when", "how", "why", "that", "there", "here", "it", "he",
        "she",
    }
)  # fmt: skip
"""Words after which 's stands for "is"; after others it marks a possessor."""

CLOSED = frozenset(
    {
        "all", "and", "any", "are", "can", "for", "had", "has", "her", "him", "his", "its",
        "mark", "may", "march", "not", "now", "off", "one", "our", "out", "own", "she",
        "the", "them", "they", "was", "were", "who", "will", "with", "you",
    }
)  # fmt: skip
"""Words that, written large amid a question, may be something else (WHO, May, Will)."""
SHORT = 2
"""Words up to this long keep their case: US, IT, MB and Mb."""
MEASURE = re.compile(r"[+-]?[0-9][0-9.,]*([^\W\d_]{0,3})")

ENGLISH = frozenset(
    {
        "what", "which", "who", "how", "when", "where", "why", "does", "did", "do", "can",
        "could", "should", "would", "must", "the",
    }
)  # fmt: skip
"""Articles are dropped only where one of these shows the language: German "an" is no article."""
BEFORE_A = frozenset(
    {
        "is", "are", "was", "were", "be", "do", "does", "did", "have", "has", "had", "get",
        "need", "make", "create", "use", "for", "in", "of", "to", "with", "from", "by",
        "at", "on", "as", "into", "about", "without", "within", "per", "there", "what",
        "such", "like", "give", "write", "buy", "add", "want", "open", "delete", "remove",
        "start", "cancel", "change", "close", "book", "order", "return",
    }
)  # fmt: skip
"""Words after which "a" is an article and no name, as in plan A."""
NOT_AFTER_ARTICLE = frozenset(
    {
        "and", "or", "than", "to", "of", "in", "on", "at", "for", "from", "by", "with",
        "is", "are", "was", "were", "do", "does", "did", "not", "as", "but", "if", "who",
        "versus", "vs", "few", "little", "one", "other", "others", "lot", "most", "same",
    }
)  # fmt: skip
"""Words before which an article is a name or makes a difference (few and a few)."""


def signature(question: str) -> str:
    """The words that a question's meaning rests on, in order.

    >>> signature("Hello, could you tell me what the Fee is?")
    'what fee is'
    >>> signature("Why can't I pay in the US?")
    'why can not i pay in US'
    """
    text = question.translate(SUPERSCRIPTS).translate(ALIKE)
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    asked = text
    for courtesy in COURTESIES:
        asked = courtesy.sub("", asked, count=1)
    return " ".join(_without_articles(_words(asked))) or text


def _words(text: str) -> list[str]:
    words: list[str] = []
    opens = True
    for raw in text.split():
        word = _trimmed(raw)
        words.extend(_expanded(_cased(word, opens=opens, before=words[-1] if words else "")))
        opens = raw.endswith(SENTENCE_END)
    while words and not words[-1].strip("?!.…"):
        words.pop()
    return words


def _trimmed(raw: str) -> str:
    """A word without the marks around it; what is nothing but marks stays."""
    word = raw.lstrip(OPENING)
    bare = word.rstrip(CLOSING)
    if bare[-1:].isdigit():
        bare = word.rstrip(CLOSING_AFTER_DIGIT)
    return bare or raw


def _cased(word: str, *, opens: bool, before: str) -> str:
    """A word in lower case, unless its capitals may carry meaning."""
    lower = word.lower()
    if word in (lower, "I") or word.startswith("I'"):
        return lower
    if opens and word == word.capitalize() and not (before and len(word) == 1):
        return lower
    measured = MEASURE.fullmatch(before) is not None and len(word) <= SHORT + 1
    telling = len(word) <= SHORT or lower in CLOSED or measured or MEASURE.fullmatch(word)
    mixed = word not in (word.capitalize(), word.upper())
    return word if telling or mixed else lower


def _expanded(word: str) -> tuple[str, ...]:
    lower = word.lower()
    if known := CONTRACTIONS.get(lower) or UNMARKED.get(lower):
        return known
    for ending, meaning in ENDINGS.items():
        if lower.endswith(ending) and len(lower) > len(ending):
            return lower.removesuffix(ending), meaning
    if lower.endswith("'s") and lower[:-2] in IS:
        return lower[:-2], "is"
    return (word,)


def _without_articles(words: list[str]) -> list[str]:
    if ENGLISH.isdisjoint(words):
        return words
    return [
        word
        for i, word in enumerate(words)
        if not _is_article(word, before=words[i - 1] if i else "is", after=words[i + 1 : i + 2])
    ]


def _is_article(word: str, *, before: str, after: list[str]) -> bool:
    if word not in ("a", "an", "the") or not after:
        return False
    if len(after[0]) == 1 or after[0] in NOT_AFTER_ARTICLE:
        return False
    return word != "a" or before in BEFORE_A
