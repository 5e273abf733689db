"""Claims made from claims: some say the same in other words, some say what no evidence says."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wordnet import WordNet

OPPOSITES = """
more/less most/least before/after increase/decrease increased/decreased rise/fall rose/fell
higher/lower all/some always/sometimes never/often first/last north/south east/west buy/sell
bought/sold accept/reject accepted/rejected support/oppose supported/opposed win/lose won/lost
gain/loss above/below inside/outside include/exclude includes/excludes including/excluding
enable/disable enabled/disabled allow/forbid allows/forbids allowed/forbidden required/optional
synchronous/asynchronous minimum/maximum best/worst early/late earlier/later old/new older/newer
large/small larger/smaller major/minor positive/negative success/failure
successfully/unsuccessfully public/private many/few several/no every/no both/neither
with/without agree/disagree agreed/disagreed approve/deny approved/denied confirm/deny
confirmed/denied praise/criticize praised/criticized begin/end began/ended open/close
opened/closed add/remove added/removed strong/weak strength/weakness improve/worsen
improved/worsened easy/difficult fast/slow male/female man/woman father/mother son/daughter
brother/sister husband/wife his/her he/she up/down left/right present/absent similar/different
same/different true/false possible/impossible likely/unlikely able/unable legal/illegal
safe/dangerous rich/poor young/old long/short hot/cold profit/loss import/export parent/child
teacher/student employer/employee doctor/patient buyer/seller lead/follow led/followed
encourage/discourage encouraged/discouraged reduce/raise reduced/raised cause/prevent
caused/prevented love/hate can/cannot may/must might/will should/must could/will
"""
SAME = """
introduce/present introduces/presents show/demonstrate shows/demonstrates use/employ
uses/employs using/utilizing used/utilized help/assist helps/assists buy/purchase
bought/purchased begin/start began/started many/numerous several/multiple large/big small/little
said/stated says/states stated/mentioned told/informed because/since however/but
also/additionally such/like provide/offer provides/offers provided/offered method/approach
show/reveal shows/reveals shown/revealed get/obtain got/obtained make/create makes/creates
made/created need/require needs/requires need/must need/have important/significant
various/different about/regarding around/approximately nearly/almost currently/presently
quickly/rapidly finally/eventually help/aid try/attempt tried/attempted ask/request
asked/requested asks/requests answer/reply keep/retain allow/permit allows/permits
allowed/permitted create/build created/built choose/select chose/selected end/finish
ended/finished fix/repair enough/sufficient whole/entire given/provided located/situated
famous/renowned known/recognized company/firm children/kids film/movie job/position
people/individuals big/major area/region often/frequently main/primary mainly/primarily
"""
MONTHS = (
    "January February March April May June July August September October November December"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
NUMBERS = "two three four five six seven eight nine ten eleven twelve twenty thirty forty".split()
WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d[\d,.]*\d|\d|\s+|.")
NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][A-Za-z]+(?:\s+[A-Z][A-Za-z]+)*")
BE = "is are was were has have had will can could should would may might does did do".split()
CLAUSES = (
    ", which was confirmed by {}", ", according to {}", " in {}", " together with {}",
    ", as announced by {}", " on behalf of {}", ", despite objections from {}",
)  # fmt: skip
FACTS = (
    " for the first time", " within two years", " free of charge", " for security reasons",
    " despite earlier criticism", " in the following year", " with great success",
    ", which had not been expected", " after a long delay", ", at twice the price",
    " by more than half", " in every case", ", except on weekends", " without any exception",
    " because of rising costs", " to reduce the risk", " and won several awards",
)  # fmt: skip


def _table(text: str, *, both: bool = True) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in (pair.split("/") for pair in text.split()):
        found.setdefault(one, []).append(other)
        if both:
            found.setdefault(other, []).append(one)
    return found


AGAINST, ALIKE = _table(OPPOSITES), _table(SAME)


@dataclass(frozen=True)
class Perturber:
    """Makes claims from claims, by a seeded random source; ``None`` where a way does not fit."""

    words: WordNet
    dice: random.Random
    names: Sequence[str]
    """Names of other documents."""

    def same(self, claim: str) -> str:
        """Other words for the same: zero to three swaps, maybe an aside less."""
        text = claim
        if self.dice.random() < 0.25:
            text = self._shorter(text)
        for _ in range(self.dice.choice((0, 1, 1, 2, 2, 3))):
            text = self._swap(text, self._alike) or text
        return text

    def false(self, claim: str, *, document: str) -> tuple[str, str] | None:
        """A claim, and the same with one edit (at times two) that no evidence backs."""
        ways = [
            self._number, self._number, self._name, self._name, self._negate, self._against,
            self._against, self._beside, self._beside, self._turn, self._insert,
        ]  # fmt: skip
        text = self.same(claim) if self.dice.random() < 0.5 else claim
        made = None
        for _ in range(8):
            made = self.dice.choice(ways)(text, document)
            if made and made != text:
                break
        if made and self.dice.random() < 0.2:
            made = self.dice.choice(ways)(made, document) or made
        return (text, made) if made and made != text else None

    def _alike(self, word: str) -> Sequence[str]:
        choice = self.words.choice(word)
        return [*ALIKE.get(word, []), *(choice.same if choice else ())]

    def _opposed(self, word: str) -> Sequence[str]:
        choice = self.words.choice(word)
        return [*AGAINST.get(word, []), *(choice.opposite if choice else ())]

    def _sisters(self, word: str) -> Sequence[str]:
        choice = self.words.choice(word)
        return choice.beside if choice else ()

    def _swap(self, text: str, options: Callable[[str], Sequence[str]]) -> str | None:
        parts = WORD.findall(text)
        places = [i for i, part in enumerate(parts) if part[0].isalpha() and part not in MONTHS]
        self.dice.shuffle(places)
        for place in places:
            part = parts[place]
            if part[0].isupper() and place > 0:
                continue
            found = options(part.lower())
            if found:
                put = self.dice.choice(found)
                parts[place] = put.capitalize() if part[0].isupper() else put
                return "".join(parts)
        return None

    def _against(self, text: str, document: str) -> str | None:
        return self._swap(text, self._opposed)

    def _beside(self, text: str, document: str) -> str | None:
        return self._swap(text, self._sisters)

    def _number(self, text: str, document: str) -> str | None:
        parts = WORD.findall(text)
        places = [
            i for i, part in enumerate(parts)
            if part[0] in "0123456789" or part in NUMBERS or part in MONTHS or part in DAYS
        ]  # fmt: skip
        if not places:
            return None
        place = self.dice.choice(places)
        part = parts[place]
        for group in (MONTHS, DAYS, NUMBERS):
            if part in group:
                parts[place] = self.dice.choice([other for other in group if other != part])
                return "".join(parts)
        others = [n for n in re.findall(r"\d[\d,.]*\d|\d", document) if n != part]
        near = [n for n in others if len(n) == len(part)]
        if near and self.dice.random() < 0.5:
            parts[place] = self.dice.choice(near)
        else:
            digits = [i for i, c in enumerate(part) if c.isdigit()]
            at = self.dice.choice(digits[-2:])
            new = self.dice.choice([d for d in "123456789" if d != part[at]])
            parts[place] = part[:at] + new + part[at + 1 :]
        return "".join(parts)

    def _name(self, text: str, document: str) -> str | None:
        found = [m for m in NAME.finditer(text) if m[0] not in MONTHS]
        if not found:
            return None
        match = self.dice.choice(found)
        here = [n for n in NAME.findall(document) if n not in text]
        others = here if here and self.dice.random() < 0.6 else self.names
        put = self.dice.choice(others)
        if put in text:
            return None
        return text[: match.start()] + put + text[match.end() :]

    def _negate(self, text: str, document: str) -> str | None:
        if re.search(r"\b(not|never|no)\s", text):
            return re.sub(r"\b(not|never|no)\s", "", text, count=1)
        found = list(re.finditer(rf"\b({'|'.join(BE)})\b(?!n't)", text))
        if not found:
            return None
        match = self.dice.choice(found)
        put = self.dice.choice((" not", " not", " never", " no longer"))
        return text[: match.end()] + put + text[match.end() :]

    def _turn(self, text: str, document: str) -> str | None:
        """Two names change places, and with them who did what to whom."""
        found = list(NAME.finditer(text))
        pairs = [(a, b) for a in found for b in found if a.start() < b.start() and a[0] != b[0]]
        if not pairs:
            return None
        a, b = self.dice.choice(pairs)
        between = text[a.end() : b.start()]
        if re.fullmatch(r"\s*(,|and|or|, and)\s*", between):
            return None
        return text[: a.start()] + b[0] + between + a[0] + text[b.end() :]

    def _insert(self, text: str, document: str) -> str | None:
        here = [n for n in NAME.findall(document) if n not in text]
        if self.dice.random() < 0.5 and (here or self.names):
            name = self.dice.choice(here if here and self.dice.random() < 0.5 else self.names)
            put = self.dice.choice(CLAUSES).format(name)
        else:
            put = self.dice.choice(FACTS)
        commas = [m.start() for m in re.finditer(r",\s", text)]
        end = len(text.rstrip(" .!?"))
        at = self.dice.choice([end, end, *commas])
        return text[:at] + put + text[at:]

    def _shorter(self, text: str) -> str:
        cut = re.sub(r"\s*\([^)]*\)", "", text, count=1)
        if cut == text:
            cut = re.sub(r", (?:which|who)\b[^,.]*(?=[,.])", "", text, count=1)
        if cut == text:
            cut = re.sub(r"^[A-Z][^,]{2,40}, (?=[a-z])", "", text, count=1)
        cut = cut.strip()
        return cut[:1].upper() + cut[1:] if len(cut.split()) >= 5 else text
