"""Bytes to text, whatever their character set."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from holdfast.domain.document import Text
from holdfast.errors import DocumentError

SAMPLE = 100_000
"""Bytes that the character set is guessed from."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32 stands before UTF-16, whose mark is its beginning."""

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
ALLOWED_CONTROL = 0.001
"""Share of control characters above which text is taken for binary data."""


def plain(data: bytes) -> Text:
    """Plain text has no title of its own."""
    return Text(title="", body=decode(data))


def decode(data: bytes) -> str:
    r"""Text of some bytes, line ends as ``\n``, without stray control characters.

    UTF-8, else what a byte order mark says, else the guess of charset-normalizer.

    >>> decode("Grüße\r\n".encode("utf-16"))
    'Grüße\n'
    """
    text = _decoded(data)
    if len(CONTROL.findall(text)) > ALLOWED_CONTROL * len(text):
        raise DocumentError("binary data, not text: only text, HTML, PDF and docx can be read")
    text = CONTROL.sub("", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    if b"\x00" in data[:SAMPLE]:
        raise DocumentError("binary data, not text: only text, HTML, PDF and docx can be read")
    guess = from_bytes(data[:SAMPLE]).best()
    if guess is None:
        raise DocumentError("text in no known character set: save it as UTF-8")
    try:
        return data.decode(guess.encoding)
    except UnicodeDecodeError as e:
        raise DocumentError(
            f"text in no single character set (looks like {guess.encoding!r}): save it as UTF-8"
        ) from e
