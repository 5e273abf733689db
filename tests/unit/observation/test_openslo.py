from __future__ import annotations

import pytest

from holdfast.errors import SettingsError
from holdfast.observation.openslo import load, parse
from holdfast.statistics.burn import DAY, TABLE, Window
from tests.support.slo import POLICY, SOON


def test_a_ratio_is_read() -> None:
    (one,) = parse({"slos/p.yaml": POLICY})
    assert (one.name, one.service, one.target, one.row) == ("promises", "shop", 0.9, "decision")
    assert one.window == 28 * 86_400_000_000
    assert one.alerts == TABLE
    assert one.source == "p.yaml:4"


def test_references_time_slices_and_own_conditions_are_read() -> None:
    first, second = parse({"slos/s.yaml": SOON})
    assert (first.name, second.name) == ("soon-1", "soon-2")
    assert (first.indicator.op, first.indicator.value) == ("lte", 2)
    assert first.indicator.where == {"slice": "returns"}
    assert (first.slice_target, first.slice) == (0.9, 60_000_000)
    assert first.alerts == (Window("page", 10, 1800, 120, 3 * DAY),)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("measure: policy", "measure: polcy", 15, "did you mean policy"),
        ("target: 0.9", "target: 1.9", 15, "less than 1, not 1.9"),
        ("target: 0.9", "goal: 0.9", 15, "unknown field"),
        ("service: shop", "servce: shop", 6, "unknown field"),
        ("isRolling: true", "isRolling: false", 13, "True, not False"),
        ("kind: SLO", "kind: SLX", 2, "'SLX' is none of SLO, SLI"),
        ("openslo/v1", "openslo/v9", 1, "use 'openslo/v1'"),
        ("  name: promises", "  name: promises\n  name: other", 5, "a second time"),
        ("Occurrences", "Timeslices", 15, "timeSliceTarget and timeSliceWindow"),
        ("duration: 28d", "duration: a month", 15, "no duration"),
        ("measure: decisions", "measure: latency", 15, "'decisions'"),
        ("objectives: [{", "objectives: [{{", 15, "not valid YAML"),
        ("metadata:\n", "metadata: &a\n", 3, ""),
        ("metadata: {name: policy}", "metadata: *a", None, "aliases are not read"),
    ],
)
def test_a_mistake_names_file_and_line(old, new, line, says) -> None:
    text = POLICY.replace(old, new, 1)
    assert text != POLICY
    if not says:
        assert parse({"slos/p.yaml": text})
        return
    where = "slos/p.yaml" if line is None else f"slos/p.yaml:{line}: "
    with pytest.raises(SettingsError, match=says) as caught:
        parse({"slos/p.yaml": text})
    assert str(caught.value).startswith(where)


def test_two_of_one_name_and_a_missing_reference_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"b.yaml:4: there are two SLOs 'promises'"):
        parse({"a.yaml": POLICY, "b.yaml": POLICY})
    with pytest.raises(SettingsError, match="there is no AlertPolicy 'slow'"):
        parse({"s.yaml": SOON.replace("alertPolicyRef: fast", "alertPolicyRef: slow")})


def test_a_folder_without_files_promises_nothing(tmp_path) -> None:
    assert load(tmp_path) == ()
    (tmp_path / "p.yaml").write_text(POLICY)
    assert [one.name for one in load(tmp_path)] == ["promises"]
