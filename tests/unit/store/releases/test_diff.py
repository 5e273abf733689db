from __future__ import annotations

from holdfast.adapters.memory.blobs import MemoryBlobs
from holdfast.domain.release import COMPONENTS
from holdfast.store.releases import catalog
from holdfast.store.releases.diff import diff


def parts(**changed):
    return {name: changed.get(name, {"name": name}) for name in COMPONENTS}


def test_a_prompt_is_compared_line_by_line():
    before = parts(prompt={"prompts": {"answer": "be kind\nbe brief\n"}})
    after = parts(prompt={"prompts": {"answer": "be kind\nbe exact\n"}})
    (found,) = diff(before, after)
    assert found.component == "prompt"
    assert "-be brief" in found.lines
    assert "+be exact" in found.lines
    assert "-be kind" not in found.lines


def test_a_value_is_named_by_its_path():
    (found,) = diff(parts(sampling={"temperature": 0.0}), parts(sampling={"temperature": 0.7}))
    assert found.lines == ("-temperature: 0.0", "+temperature: 0.7")


def test_equal_releases_do_not_differ():
    assert diff(parts(), parts()) == ()


def test_a_release_is_kept_with_its_components():
    blobs = MemoryBlobs()
    release = catalog.save(parts(), blobs=blobs)
    assert release == catalog.release_of(parts())
    assert catalog.load(release.digest, blobs=blobs) == release
    assert catalog.components(release.digest, blobs=blobs) == parts()
