"""The results as JUnit XML, which GitHub's test reporters and most other tools read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ops.verify.checks import Group, Result, State
from ops.verify.report import Report

# XML 1.0 has no way of writing these, not even escaped (section 2.2).
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(report: Report, at: datetime) -> bytes:
    """One suite for each group. What is broken is a failure; what was skipped or not reached is skipped.

    `at` is when the walk began.
    """
    # Without attributes: the schema of Ant knows none here, and that of Jenkins others.
    suites = Element("testsuites")
    groups = list(dict.fromkeys(result.group for result in report.checks))
    for number, group in enumerate(groups):
        results = [result for result in report.checks if result.group is group]
        suites.append(_suite(report.target, number, group, results, at))
    indent(suites)
    text: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(target: str, number: int, group: Group, results: list[Result], at: datetime) -> Element:
    named = {
        "name": group.value,
        "package": _clean(target),
        "id": str(number),
        "hostname": "localhost",
        "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
    }
    suite = Element("testsuite", {**named, **_counts(results)})
    SubElement(suite, "properties")
    suite.extend(_case(target, result) for result in results)
    for name in ("system-out", "system-err"):
        SubElement(suite, name)
    return suite


def _case(target: str, result: Result) -> Element:
    classname = f"{_clean(target)}.{result.group.value}"
    case = Element("testcase", name=_clean(result.name), classname=classname, time=f"{result.seconds:.3f}")
    if result.state is State.BROKEN:
        failure = SubElement(case, "failure", message=_clean(result.detail), type="Broken")
        failure.text = _clean(f"{result.promise}: {result.detail}\n{result.hint}".rstrip())
    elif result.state is not State.KEPT:
        SubElement(case, "skipped", message=_clean(result.detail or result.state.value))
    return case


def _counts(results: list[Result]) -> dict[str, str]:
    broken = sum(result.state is State.BROKEN for result in results)
    skipped = sum(result.state in (State.SKIPPED, State.NOT_REACHED) for result in results)
    seconds = sum(result.seconds for result in results)
    return {
        "tests": str(len(results)),
        "failures": str(broken),
        "errors": "0",
        "skipped": str(skipped),
        "time": f"{seconds:.3f}",
    }


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
