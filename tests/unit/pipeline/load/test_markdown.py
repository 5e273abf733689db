from __future__ import annotations

import pytest

from holdfast.pipeline.load.markdown import markdown


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("# One\n\n# Two", "One"),
        ("Intro\n\n## Deep { #deep }\n", "Deep"),
        ("Under\n=====\n", "Under"),
        ("no heading", ""),
        ("```\n# code\n```\n# Real", "Real"),
        ("---\ntitle: 'Front'\n---\ntext", "Front"),
        ("---\ntitle: Front\n---\n# Head\n", "Head"),
        ("# The [link](https://a.example) and `code`", "The link and code"),
    ],
)
def test_the_title_is_the_first_heading(source: str, title: str) -> None:
    assert markdown(source.encode()).title == title


def test_the_body_is_kept_as_it_is() -> None:
    source = "# A\n\n*b* <b>c</b>\n\n---\n\nend"
    assert markdown(source.encode()).body == source


def test_front_matter_is_no_text() -> None:
    assert markdown(b"---\na: 1\nb: 2\n---\ntext\n---\nmore").body == "text\n---\nmore"


def test_a_rule_at_the_start_is_no_front_matter() -> None:
    source = "---\n" + "line\n" * 300 + "---\n"
    assert markdown(source.encode()).body == source
