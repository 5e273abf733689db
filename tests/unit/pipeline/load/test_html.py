from __future__ import annotations

import pytest

from holdfast.errors import DocumentError
from holdfast.pipeline.load.html import from_markup, html
from holdfast.pipeline.load.limits import LIMITS, Limits

PAGE = """<!doctype html><html><head><title>Shop | Hours</title><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav><header>Banner</header>
<h1>Opening <em>hours</em></h1><p>Nine to <b>five</b>.<script>steal()</script></p>
<ul><li>Monday</li><li>Tuesday</li></ul>
<table><tr><th>Day</th><th>Open</th></tr><tr><td>Mon</td><td>9:00</td></tr></table>
<p>See <a href="https://other.example/x?y=1">the list</a>. <img src="data:image/png;base64,AAAA"
alt="A map"></p><!-- hidden --><footer>Imprint</footer></body></html>"""


def test_the_main_content_becomes_markdown() -> None:
    text = from_markup(PAGE)
    assert text.title == "Opening hours"
    for part in ("# Opening *hours*", "Nine to **five**.", "- Monday", "| Mon | 9:00 |", "A map"):
        assert part in text.body
    for part in ("Home", "Banner", "steal", "hidden", "Imprint", "https", "base64", "p{}"):
        assert part not in text.body


def test_a_marked_main_part_is_all_that_counts() -> None:
    text = from_markup("<body><p>around</p><main><header>In</header><p>main</p></main></body>")
    assert text.body.split() == ["In", "main"]


def test_the_page_title_serves_where_no_heading_stands() -> None:
    assert from_markup("<title>The\n page</title><p>text</p>").title == "The page"


def test_a_declared_character_set_is_believed_if_it_fits() -> None:
    page = "<meta charset='iso-8859-1'><p>Grüße</p>"
    assert "Grüße" in html(page.encode("latin-1"), LIMITS).body
    wrong = "<meta charset='no-such'><p>Grüße</p>"
    assert "Grüße" in html(wrong.encode(), LIMITS).body


@pytest.mark.parametrize(
    "piece", ["<passage ", '<a b="', "<!-- ", "<meta ", "</", "<", "<![CDATA["]
)
def test_markup_that_never_ends_is_read_in_passing(piece: str) -> None:
    assert from_markup(piece * 100_000 + "<p>the end").body is not None


def test_less_than_is_text_where_it_starts_no_tag() -> None:
    assert "if a < b and c <d" in from_markup("<p>if a < b and c <d</p>").body


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(DocumentError, match="deeply"):
        from_markup("<div>" * 20_000 + "x")


def test_a_large_page_is_refused() -> None:
    with pytest.raises(DocumentError, match="more than 10"):
        html(b"<p>0123456789</p>", Limits(html_bytes=10))
