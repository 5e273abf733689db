from __future__ import annotations

import pytest

from holdfast.domain.digest import digest
from holdfast.domain.document import chunk_id


@pytest.mark.parametrize("ordinal", [0, 7, 123_456])
def test_a_chunk_is_named_by_the_canonical_json_of_what_it_is(ordinal: int) -> None:
    document, preprocessing = digest(["document"]), digest(["preprocessing"])
    named = {"document": document, "preprocessing": preprocessing, "ordinal": ordinal}
    assert chunk_id(document, preprocessing=preprocessing, ordinal=ordinal) == digest(named)
