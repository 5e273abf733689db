"""Marks of prompt injection: text that talks to the model instead of the reader.

Patterns find the known and the clumsy. They are a tripwire, not a wall: what keeps an injection
from doing harm is that passages are data, that the guard reads the answer, and that every answer
can be traced and taken back.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Iterator

from holdfast.pipeline.guard.rule import Match
from holdfast.privacy.fold import Folded

_OLD = (
    r"(?:previous|prior|above|earlier|preceding|former|foregoing|initial|original|existing|past|"
    r"current|system|old|other|first|last|given|developer'?s?|your)"
)
_RULES = (
    r"(?:instructions?|directions?|directives?|rules?|prompts?|guidelines?|commands?|orders?|"
    r"messages?|context|conversations?|restrictions?|constraints?|policy|policies|programming|"
    r"training|tasks?|text|input)"
)
_FILL = (
    r"(?:(?:all|any|every|everything|of|the|these|those|this|that|my|our|your|about|to|in|and|or|"
    r"said|you|were|was|been|told|have|safety|content|following)\s+){0,6}"
)
_HIDDEN_TEXT = (
    r"(?:system|initial|original|hidden|secret|internal|confidential|exact|full|above|previous)"
)
_ASSISTANT = r"(?:ai|llm|chatbot|bot|assistant|language model|chatgpt|gpt|claude|gemini|copilot)"

PATTERNS: dict[str, str] = {
    "override": (
        rf"\b(?:ignore|disregard|forget|override|overrule|bypass|neglect|discard|skip|"
        rf"pay no attention to|do not follow|don'?t follow|stop following)\s+{_FILL}"
        rf"(?:{_OLD}\s+){{1,3}}{_RULES}\b"
        rf"|\b(?:ignore|disregard|forget|overlook)\s+(?:(?:about|everything|everthing|anything|all|"
        rf"what(?:ever)?|that|you|you've|i|we|they|were|was|have|has|had|been)\s+){{1,6}}"
        rf"(?:above|before|prior|previously|said|told|instructed|learned|learnt)\b"
        rf"|\b(?:ignore|disregard|forget)\s+(?:the|this|that|all|about|those|these)\s+"
        rf"(?:\w+\s+){{0,3}}(?:and|then|instead)\s+(?:just\s+|only\s+)?(?:state|say|write|output|print|"
        rf"respond|reply|answer|tell|return|send|recommend)\b"
        rf"|\bregardless of (?:the |any |all )?(?:previous|prior|earlier|above)\b"
        rf"|\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+)?(?:of\s+)?"
        rf"(?:your|these|those|the)\s+"
        rf"(?:instructions|rules|guidelines|programming|training|restrictions|constraints|"
        rf"system prompt)\b"
        rf"|\b(?:new|updated|revised|real|actual)\s+(?:system\s+)?(?:instructions?|prompt)\s*:"
        rf"|\b(?:ignorieren?|vergiss|vergessen|missachten?)\s+"
        rf"(?:(?:sie|bitte|die|deine|ihre|alle[sn]?)\s+){{0,4}}(?:vor|bisher|obig|anweisung|regel)"
        rf"|\b(?:ignora|olvida|ignorez|oubliez)\s+"
        rf"(?:(?:todas|toutes|las|les|tus|vos)\s+){{1,3}}(?:instruc|consignes|indicaciones|reglas|r[eè]gles)"
    ),
    "role marker": (
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end)\|>"
        r"|\[/?inst\]|<</?sys>>|</?(?:system|sys|assistant)(?:[ _-]?(?:prompt|message))?>"
        r"|(?:^|\n)[ \t]*(?:#{1,4}[ \t]*|\*{2}[ \t]*)?\[?(?:system|assistant|developer)"
        r"(?:[ \t]+(?:prompt|message|override|note|update))?\]?[ \t]*(?:\*{2}[ \t]*)?:"
        r"|[\[<](?:system|admin|developer|security|[a-z ]{0,20}override)"
        r"(?:[ _\t]+(?:prompt|message|override|note|update|mode|data))?[\]>]"
    ),
    "new persona": (
        r"\b(?:you are|you're|you will be|you must act as|act as|behave as|pretend to be|"
        r"pretend that you are|pretend you are|simulate being|roleplay as|role-play as)\s+"
        r"(?:now\s+)?(?:(?:a|an|the|my|in|called|named)\s+){0,2}(?:dan|jailbroken|unrestricted|unfiltered|"
        r"uncensored|unlimited|evil|no longer|developer mode|free of|free from|going to act|"
        r"root|superuser|admin mode|god mode)\b"
        r"|\b(?:from now on|starting now|henceforth),?\s+(?:you\s+(?:are|will|must|should|shall|"
        r"have to)|(?:only\s+)?(?:answer|respond|reply))\b"
        r"|\b(?:enter|entering|enable|enabled|activate|activated|switch to|in|now in)\s+"
        r"(?:\w+\s+){0,2}(?:developer|dan|god|jailbreak|sudo|admin|override) mode\b"
        r"|\bi(?:'m| am) (?:god|your (?:developer|creator|administrator|admin|owner|boss|master))\b"
        r"|\byou (?:have|now have) no (?:restrictions|rules|limits|filters|guidelines)\b"
    ),
    "asks for the prompt": (
        rf"\b(?:reveal|show|print|repeat|output|display|disclose|leak|give|tell|share|recite|"
        rf"summari[sz]e|translate|write|copy|encode|dump|expose|return|list)\s+"
        rf"(?:(?:me|us|out|back|all|of|the|your|to|verbatim|exactly|everything|word for word)\s+)"
        rf"{{0,5}}(?:{_HIDDEN_TEXT}\s+){{1,2}}(?:prompts?|instructions?|messages?|rules|guidelines|"
        rf"configuration|directives?)\b"
        rf"|\bwhat\s+(?:is|are|was|were)\s+(?:in\s+)?your\s+(?:{_HIDDEN_TEXT}\s+){{0,2}}"
        rf"(?:prompt|instructions|system message|directives|guidelines)\b"
        rf"|\b(?:reveal|show|print|repeat|output|disclose|recite|share)\s+(?:me\s+|us\s+)?your\s+"
        rf"(?:prompt|instructions|rules|guidelines|directives)\b"
        rf"|\b(?:repeat|print|output)\s+(?:all|everything|the (?:text|words|content))\s+"
        rf"(?:that is\s+|that was\s+|you see\s+|written\s+)?(?:above|before)\b"
    ),
    "addresses the model": (
        rf"\b(?:if you are|as|attention|note to|note for|message to|message for|instructions?\s+"
        rf"(?:to|for)|dear|hey|important)[,:]?\s+(?:an?\s+|the\s+|any\s+|all\s+)?{_ASSISTANT}s?\b"
        rf"(?:[,:!]|\s+(?:you|please|reading|processing)\b)[^.\n]{{0,60}}\b(?:must|should|ignore|say|respond|reply|answer|instead|recommend|tell|"
        rf"include|disregard|send)\b"
        rf"|\b{_ASSISTANT}s?\b[,:]\s+(?:please\s+)?(?:ignore|disregard|say|respond|reply|tell|"
        rf"recommend|send|do not|don'?t|you must)\b"
        rf"|\bwhen (?:you are )?(?:summari[sz]ing|answering|responding|asked|processing|reading) "
        rf"[^.\n]{{0,60}}\b(?:always|instead|do not mention|never mention|you must)\b"
        rf"|\b(?:do not|don'?t|never|without)\s+(?:tell|telling|inform|informing|mention|"
        rf"mentioning|alert|alerting|reveal|revealing)\s+(?:this\s+|it\s+|that\s+)?(?:to\s+)?"
        rf"(?:the\s+|any\s+)?(?:users?|humans?|customers?|reader)\b"
    ),
    "sends data out": (
        r"!\[[^\]\n]{0,200}\]\(\s*https?://[^)\s]{0,300}[?&][^)\s=]{1,60}=[^)\s]{0,500}\)"
    ),
}
"""For text in lower case: letting the patterns ignore it takes three times as long."""
COMPILED = tuple((mark, re.compile(pattern)) for mark, pattern in PATTERNS.items())
TAG = re.compile("[\U000e0000-\U000e007f]")
HIDDEN = re.compile(
    "[\U000e0000-\U000e007f]+"
    "|[\u202a\u202b\u202d\u202e\u2066-\u2068]"
    "|[\u200b-\u200d\u2060-\u2064\ufeff]{3,}"
)
"""Tag characters, changes of writing direction, and three or more zero-width characters in a row:
one or two are typography."""
FLAG = "\U0001f3f4"
"""Before tag characters it makes the flag of England, Scotland or Wales."""
BLOB = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{24,4096}={0,2}(?![A-Za-z0-9+/=])")


class Injection:
    """Met by each mark of prompt injection: orders to the model, role markers, hidden text."""

    absent = False

    def find(self, text: Folded) -> Iterator[Match]:
        yield from _hidden(text)
        yield from _marks(text.text)
        for blob in BLOB.finditer(text.text):
            for mark in _marks(_decoded(blob[0])):
                yield Match(blob.start(), blob.end(), f"{mark.detail}, in base64")
                break


def _marks(text: str) -> Iterator[Match]:
    # The dotted capital is the only letter that grows in lower case, and would move all behind it.
    lowered = text.replace("\u0130", "i").lower()
    for mark, pattern in COMPILED:
        for match in pattern.finditer(lowered):
            yield Match(match.start(), match.end(), mark)


def _hidden(text: Folded) -> Iterator[Match]:
    """Runs of characters that a model reads and a person does not see."""
    source = text.source
    if source.isascii():
        return
    for run in HIDDEN.finditer(source):
        flag = source[run.start() - 1 : run.start()] == FLAG
        if not flag or not TAG.match(run[0]):
            place = bisect_left(text.origin, run.start(), hi=len(text.text))
            yield Match(place, place, "hidden characters")


def _decoded(blob: str) -> str:
    try:
        return base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
