"""promptfoo's tests in JSON: a configuration, a list of tests, or an exported result."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from holdfast.errors import UsageError
from holdfast.evaluation.importing.source import Row, Source

QUESTIONS = ("question", "query", "prompt", "input", "message", "user_input", "text")
"""Variables that hold the question, the likeliest first."""
FACTS = {"contains", "icontains", "contains-all", "icontains-all"}
FORBIDDEN = {"not-contains", "not-icontains", "not-contains-any", "not-icontains-any"}
REFERENCE = {"equals", "similar", "factuality", "answer-relevance", "rouge-n", "bleu"}
REDTEAM = "promptfoo:redteam:"
VARIABLE = re.compile(r"\{\{-?\s*(\w+)\s*-?\}\}")


def sniff(source: Source) -> bool:
    """Whether it is JSON with tests in it."""
    try:
        value = json.loads(source.text)
    except (ValueError, RecursionError):
        return False
    tests = _listed(value)
    return bool(tests) and all(isinstance(t, dict) and "vars" in t for t in tests)


def rows(source: Source) -> Iterator[Row]:
    """One case a test. Assertions that have no field of a case are kept in the metadata."""
    try:
        value = json.loads(source.text)
    except ValueError as e:
        line = getattr(e, "lineno", 1)
        raise UsageError(
            f"{source.at(line)}: not JSON: {e}; of promptfoo's YAML make JSON first"
        ) from e
    tests = _listed(value)
    if not tests:
        raise UsageError(f"{source.at(1)}: promptfoo has 'tests', each with 'vars'")
    shared = value.get("defaultTest") if isinstance(value, dict) else None
    default = shared if isinstance(shared, dict) else {}
    prompt = _only_prompt(value)
    for number, test in enumerate(tests, 1):
        where = f"{source.name}: test {number}"
        if not isinstance(test, dict):
            raise UsageError(f"{where}: {str(test)[:40]!r} is no object")
        yield Row(where, _case(test, default=default, prompt=prompt, where=where))


def _listed(value: Any) -> list[Any]:
    """The tests of a configuration, of a bare list, or of an exported result."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("results"), dict):
        inner = value["results"].get("results", [])
        found = [{**r.get("testCase", {}), "vars": r.get("vars", {})} for r in inner]
        return list({json.dumps(test, sort_keys=True): test for test in found}.values())
    tests = value.get("tests")
    return tests if isinstance(tests, list) else []


def _only_prompt(value: Any) -> str:
    """The template of the prompt, if there is one and it is written out."""
    prompts = value.get("prompts") if isinstance(value, dict) else None
    listed = [prompts] if isinstance(prompts, str) else prompts
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], str):
        return ""
    return "" if listed[0].startswith("file://") else listed[0]


def _case(
    test: dict[str, Any], *, default: dict[str, Any], prompt: str, where: str
) -> dict[str, Any]:
    variables = {**(default.get("vars") or {}), **(test.get("vars") or {})}
    name, question = _question(variables, prompt=prompt, where=where)
    assertions = [*(default.get("assert") or []), *(test.get("assert") or [])]
    rest = {key: inner for key, inner in variables.items() if key != name}
    metadata = {**(default.get("metadata") or {}), **(test.get("metadata") or {})}
    plugin = metadata.get("pluginId")
    found = {"facts": [], "forbidden": [], "reference": "", "expect": "answer", "other": []}
    for assertion in assertions:
        _sort(assertion, found, where=where)
    other = found.pop("other")
    if plugin:
        found["expect"] = "refuse"
    return {
        "question": question,
        **found,
        "tags": ["promptfoo", *([str(plugin)] if plugin else [])],
        "metadata": {
            **metadata,
            **({"vars": rest} if rest else {}),
            **({"assert": other} if other else {}),
            **({"description": test["description"]} if test.get("description") else {}),
        },
    }


def _question(variables: dict[str, Any], *, prompt: str, where: str) -> tuple[str, str]:
    """The variable that is the question and its text; no variable when a template was filled."""
    texts = {key: inner for key, inner in variables.items() if isinstance(inner, str)}
    for name in QUESTIONS:
        if name in texts:
            return name, texts[name]
    if prompt and set(VARIABLE.findall(prompt)) <= set(texts):
        return "", VARIABLE.sub(lambda match: texts[match[1]], prompt)
    if len(texts) == 1:
        return next(iter(texts.items()))
    raise UsageError(
        f"{where}: which of the variables {', '.join(variables) or '(none)'} is the question? "
        f"Call it {QUESTIONS[0]!r}"
    )


def _sort(assertion: Any, found: dict[str, Any], *, where: str) -> None:
    """Put what an assertion says into the field of the case that says the same."""
    if not isinstance(assertion, dict) or not isinstance(assertion.get("type"), str):
        raise UsageError(f"{where}: assertion {str(assertion)[:40]!r} has no type")
    kind, value = assertion["type"], assertion.get("value")
    texts = [str(inner) for inner in (value if isinstance(value, list) else [value]) if inner]
    if kind in FACTS:
        found["facts"] += texts
    elif kind in FORBIDDEN:
        found["forbidden"] += texts
    elif kind in REFERENCE and isinstance(value, str):
        found["reference"] = value
    elif kind == "is-refusal" or kind.startswith(REDTEAM):
        found["expect"] = "refuse"
    elif kind != "not-is-refusal":
        found["other"].append(assertion)
