from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import SettingsError
from holdfast.pipeline.template import compile_template, render_template


def rendered(source: str, **values: object) -> str:
    return render_template(compile_template(source, file="p.md", line=1), values)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ x }}", "abc"),
        ("{% if x %}yes{% else %}no{% endif %}", "yes"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{% for i in items if i %}{{ loop.index }}{{ i }}{% else %}none{% endfor %}", "1ab2cd"),
        ("{{ items|join(', ') }} {{ items|length }}", "ab, cd 2"),
        ("{{ x|upper }} {{ x[0:2] }} {{ x|default('y') }}", "ABC ab abc"),
        ("{{ 7 // 2 + 1 }} {{ n * 2 }}", "4 6"),
        ("{{ 'a' if n > 2 and 'b' in x else 'c' }}", "a"),
        ("{# a note #}{% raw %}{{ y }}{% endraw %}", "{{ y }}"),
        ("{{ x is defined }}", "True"),
    ],
)
def test_what_a_template_may_say(source: str, expected: str) -> None:
    assert rendered(source, x="abc", items=["ab", "cd"], n=3) == expected


ESCAPES = [
    "{{ x.__class__.__mro__ }}",
    "{{ x['__class__'] }}",
    "{{ x.upper }}",
    "{{ x.format(1) }}",
    "{{ ''.join(x) }}",
    "{{ namespace() }}",
    "{{ cycler('a') }}",
    "{{ self.__init__ }}",
    "{% include 'other' %}",
    "{% import 'other' as o %}",
    "{% from 'other' import o %}",
    "{% extends 'other' %}",
    "{% macro m() %}{% endmacro %}",
    "{% block b %}{% endblock %}",
    "{% set y = 1 %}",
    "{% set y %}1{% endset %}",
    "{% filter upper %}x{% endfilter %}",
    "{{ x|attr('upper') }}",
    "{{ x|map('upper')|list }}",
    "{{ x|tojson }}",
    "{{ x ~ x }}",
    "{{ 9 ** 9 }}",
    "{{ x is callable }}",
    "{{ {'a': x} }}",
    "{% for i in items recursive %}{{ loop(items) }}{% endfor %}",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_what_reaches_further_is_refused(source: str) -> None:
    with pytest.raises(SettingsError, match=r"^p\.md:1: "):
        rendered(source, x="abc", items=[1, 2])


BOMBS = [
    "{{ x * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ x + x }}",
    "{{ range(1000000000)|join }}",
    "{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}",
    "{% for a in [x] %}{% for b in [a, a] %}{{ b }}{% endfor %}{% endfor %}",
    "{% for i in range(900) %}{{ big }}{% endfor %}",
    "{{ big|join(big) }}",
    "{{ 999999999 * 999999999 * 999999999 }}",
    "{{ 1 / 0 }}",
    "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
    "{% if 1 %}" * 500 + "{% endif %}" * 500,
]


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_time_and_memory_are_bounded(source: str) -> None:
    with pytest.raises(SettingsError, match=r"p\.md:1"):
        rendered(source, x="abc", big="y" * 10_000)


def test_an_error_names_the_line_of_the_file() -> None:
    with pytest.raises(SettingsError, match=r"^p\.md:12: 'z' is undefined$"):
        render_template(compile_template("\n\n{{ z }}", file="p.md", line=10), {})
    with pytest.raises(SettingsError, match=r"^p\.md:11: "):
        compile_template("\n{% if %}", file="p.md", line=10)


def test_variables_are_listed_with_their_lines() -> None:
    source = "{{ a }}\n{% for b in c %}{{ b.x }}{{ loop.index }}{% endfor %}"
    assert compile_template(source, file="p.md", line=3).variables == ((3, "a"), (4, "c"))


@given(st.text("{}%# abx()|'*[]", max_size=60))
def test_any_source_renders_or_is_refused(source: str) -> None:
    with suppress(SettingsError):
        assert isinstance(rendered(source, a="1", b=["2"], x="3"), str)
