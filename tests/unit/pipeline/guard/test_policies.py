from __future__ import annotations

import re

import pytest

from holdfast.errors import SettingsError
from holdfast.pipeline.guard.policies import KINDS, REFUSAL, parse_policies
from holdfast.pipeline.guard.rule import ACTIONS

EACH = """
# one rule of each kind
[[rules]]
id = "discount"
kind = "numeric_limit"
terms = ["discount"]
unit = "%"
max = 30
window = 80
action = "block"

[[rules]]
id = "promise"
kind = "forbidden_phrase"
phrases = ["we guarantee"]
where = ["answer", "passage"]
action = "fallback"

[[rules]]
id = "doctor"
kind = "required_phrase"
phrases = ["ask a doctor"]
when = ["pill"]
action = "flag"

[[rules]]
id = "privacy"
kind = "pii"
types = ["email"]
allow = ["help@shop.example"]
region = "GB"
action = "redact"

[[rules]]
id = "injection"
kind = "injection"
action = "flag"

[block]
text = "No."

[fallback]
text = "Ask us."
"""


def test_every_kind_can_be_written() -> None:
    policies = parse_policies(EACH)
    assert [rule.kind for rule in policies.rules] == list(KINDS)
    assert {rule.action for rule in policies.rules} == set(ACTIONS)
    assert policies.rules[1].where == ("answer", "passage")
    assert policies.rules[4].where == ("question", "passage")
    assert (policies.blocked, policies.fallback) == ("No.", "Ask us.")


def test_an_empty_file_has_no_rules() -> None:
    policies = parse_policies("# nothing\n")
    assert policies.rules == ()
    assert policies.fallback == REFUSAL


MISTAKES = [
    ('id = "discount"', 'id = "Dis count"', r":4: id: 'Dis count'"),
    ('id = "discount"', "", r":3: id: a text is needed, not None"),
    ('id = "promise"', 'id = "discount"', r":13: id: 'discount' is taken"),
    ('kind = "pii"', 'kind = "regex"', r":28: kind: 'regex' is none of numeric_limit"),
    ('action = "block"', 'action = "stop"', r":10: action: 'stop' is none of block"),
    ('action = "block"', "", r":3: action: a text is needed"),
    ("max = 30", 'max = "30"', r":8: max: a number is needed"),
    ("max = 30", "max = true", r":8: max: a number is needed"),
    ("max = 30", "max = nan", r":8: max: a number is needed"),
    ("max = 30", "", r":3: max: a number is needed"),
    ('unit = "%"', 'unit = "a b c"', r":7: unit: 'a b c' is no unit"),
    ('unit = "%"', 'unit = "(x+)+"', r":7: unit: "),
    ('terms = ["discount"]', "terms = []", r":6: terms: a list of texts is needed"),
    ('terms = ["discount"]', 'terms = "discount"', r":6: terms: a list"),
    ('terms = ["discount"]', 'terms = ["  "]', r":6: terms: '  ' is not a text"),
    ('terms = ["discount"]', "terms = [7]", r":6: terms: 7 is not a text"),
    ('terms = ["discount"]', 'terms = ["..."]', r":6: terms: '...' is not a text"),
    ("window = 80", "windows = 80", r":9: windows: unknown: a numeric_limit rule takes max"),
    ('where = ["answer", "passage"]', 'where = ["memory"]', r":16: where: 'memory' is none of"),
    ('when = ["pill"]', 'where = ["question"]', r":23: where: 'question' is none of answer"),
    ('when = ["pill"]\naction = "flag"', 'action = "redact"', r":23: action: 'redact' is none"),
    ('types = ["email"]', 'types = ["iris"]', r":29: types: 'iris' is none of email"),
    ('region = "GB"', 'region = "Britain"', r":31: region: 'Britain'"),
    ('text = "No."', 'txt = "No."', r":39: block: write \[block\]"),
    ('text = "Ask us."', 'text = ""', r"text: a text is needed"),
    ("[fallback]", "[fallbacks]", r":42: fallbacks: unknown"),
    ('[[rules]]\nid = "discount"', '[rules]\nid = "discount"', r"no valid TOML"),
    ("max = 30", "max = ", r"no valid TOML: .*line 8"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES)
def test_a_mistake_is_named_with_file_line_and_key(right: str, wrong: str, message: str) -> None:
    assert right in EACH
    with pytest.raises(SettingsError, match=rf"^rules\.toml.*{message}"):
        parse_policies(EACH.replace(right, wrong, 1), file="rules.toml")


def test_a_table_of_rules_is_not_a_list_of_them() -> None:
    with pytest.raises(SettingsError, match=re.escape("write each rule below a line [[rules]]")):
        parse_policies('[rules]\nid = "x"\n')


def test_numbers_are_bounded() -> None:
    many = "".join(
        f'[[rules]]\nid = "r{i}"\nkind = "injection"\naction = "flag"\n' for i in range(201)
    )
    with pytest.raises(SettingsError, match="201 rules"):
        parse_policies(many)
    phrases = ", ".join(f'"p{i}"' for i in range(1001))
    rule = '[[rules]]\nid = "a"\nkind = "forbidden_phrase"\naction = "flag"\nphrases = '
    with pytest.raises(SettingsError, match="1001 texts"):
        parse_policies(f"{rule}[{phrases}]")
