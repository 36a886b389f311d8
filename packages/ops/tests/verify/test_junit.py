from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

from ops.verify import junit, report
from ops.verify.checks import Group, Result, State

AT = datetime(2026, 11, 22, 23, 40, 5, tzinfo=UTC)
HOSTILE = "]]></failure><x a='\"&amp;\x00\x1b[31m\ud800\uffff\t é 🦑"


def result(name: str, state: State, group: Group = Group.SERVICE, detail: str = "seen", hint: str = "") -> Result:
    return Result(group, name, f"{name} is well", state, detail, hint, 0.25)


def document(*results: Result, target: str = "production") -> ElementTree.Element:
    return ElementTree.fromstring(junit.document(report.of(target, list(results), 1.5), AT))


def test_each_group_is_a_suite_that_counts_its_checks():
    told = document(
        result("health", State.KEPT),
        result("spf", State.BROKEN, Group.DNS),
        result("database", State.BROKEN),
        result("worker", State.NOT_REACHED, detail=""),
        result("caa", State.SKIPPED, Group.DNS, "a laptop has no names"),
    )
    seen = {suite.attrib["name"]: suite.attrib for suite in told}
    assert set(seen) == {"service", "dns"}
    assert [seen["service"][name] for name in ("tests", "failures", "skipped", "time")] == ["3", "1", "1", "0.750"]
    assert [seen["dns"][name] for name in ("tests", "failures", "skipped")] == ["2", "1", "1"]


def test_what_is_broken_fails_with_what_to_do_and_what_was_left_out_says_why():
    told = document(
        result("health", State.BROKEN, detail="it answers 503", hint="Look at the log."),
        result("spf", State.SKIPPED, Group.DNS, "a laptop has no names"),
        result("worker", State.NOT_REACHED, detail=""),
        result("live", State.KEPT),
    )
    failure = told.find(".//testcase[@name='health']/failure")
    assert failure is not None
    assert failure.attrib == {"message": "it answers 503", "type": "Broken"}
    assert failure.text == "health is well: it answers 503\nLook at the log."
    skipped = [told.find(f".//testcase[@name='{name}']/skipped") for name in ("spf", "worker")]
    assert [each.attrib["message"] for each in skipped if each is not None] == ["a laptop has no names", "not reached"]
    assert told.find(".//testcase[@name='live']/*") is None


def test_whatever_a_host_answers_stays_text():
    told = document(result(HOSTILE, State.BROKEN, detail=HOSTILE, hint=HOSTILE), target=HOSTILE)
    assert [each.tag for each in told.iter()] == [
        "testsuites", "testsuite", "properties", "testcase", "failure", "system-out", "system-err",
    ]  # fmt: skip
    failure = told.find(".//failure")
    assert failure is not None
    assert failure.attrib["message"] == "]]></failure><x a='\"&amp;\ufffd\ufffd[31m\ufffd\ufffd\t é 🦑"


# What the schemas of Ant (JUnit.xsd) and Jenkins (junit-10.xsd) both take, and the reporters on GitHub read.
ORDER = ["properties", "testcase", "system-out", "system-err"]
ATTRIBUTES = {
    "testsuites": set[str](),
    "testsuite": {"name", "package", "id", "hostname", "timestamp", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "skipped": {"message"},
}
SHAPES = {
    "tests": r"\d+", "failures": r"\d+", "errors": r"\d+", "skipped": r"\d+", "id": r"\d+", "time": r"\d+\.\d{3}",
    "timestamp": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}",
}  # fmt: skip


def test_it_has_the_form_that_tools_ask_for():
    told = document(*(result(f"check {state}", state, group) for group in (Group.SITE, Group.DNS) for state in State))
    assert told.tag == "testsuites"
    assert [suite.attrib["id"] for suite in told] == ["0", "1"]
    for suite in told:
        tags = [child.tag for child in suite]
        assert tags == sorted(tags, key=ORDER.index)
        assert tags.count("properties") == tags.count("system-out") == tags.count("system-err") == 1
        assert suite.attrib["timestamp"] == "2026-11-22T23:40:05"
    for element in told.iter():
        assert element.attrib.keys() == ATTRIBUTES.get(element.tag, set())
        for name, shape in SHAPES.items():
            if name in element.attrib:
                assert re.fullmatch(shape, element.attrib[name]), (element.tag, name)
