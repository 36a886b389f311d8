from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from ops.cli import CliOutput
from ops.verify.checks import Group, Result, State
from ops.verify.report import LONGEST, Report, escape, make_report, render_junit, render_markdown, render_text

START = datetime(2026, 11, 22, 23, 40, 5, tzinfo=UTC)
HOSTILE_XML = "]]></failure><x a='\"&amp;\x00\x1b[31m\ud800\uffff\t é 🦑"
HOSTILE_MARKDOWN = [
    "a | b",
    "a\n\n# heading\n\n- item",
    "<img src=x onerror=alert(1)>",
    "<!-- ",
    "`code` **bold** _lean_ ~~gone~~",
    "[link](https://evil.example)",
    "https://evil.example/ and www.evil.example",
    "![picture](//evil.example/p.png)",
    "@somebody #1",
    "\\| &lt;b&gt; &amp;",
    "$x^2$",
]


def result(
    name: str, state: State = State.PASSED, group: Group = Group.SERVICE, detail: str = "seen", hint: str = ""
) -> Result:
    return Result(group, name, f"{name} is in order", state, detail, hint, 0.25)


def report(*results: Result, target: str = "production") -> Report:
    return make_report(target, START, timedelta(seconds=1.5), list(results))


def print_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *results: Result) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    output = CliOutput()
    output.print(render_text(report(*results), output))
    return capsys.readouterr().out


def test_a_report_is_ok_when_no_check_failed_and_one_passed():
    assert report(result("one"), result("two", State.SKIPPED)).ok
    assert not report(result("one"), result("two", State.FAILED)).ok
    assert not report(result("two", State.SKIPPED)).ok
    assert not report().ok


def test_the_last_lines_name_each_failure_with_what_to_do_and_count(capsys, monkeypatch):
    failed = result("delivery", State.FAILED, detail="It is gone", hint="Look behind the sofa.")
    lines = print_text(
        capsys, monkeypatch, result("health"), failed, result("next", State.BLOCKED, detail="")
    ).splitlines()
    assert lines[-2] == "Failed: delivery. It is gone. Look behind the sofa."
    assert lines[-1] == "1 check failed, 1 passed, 1 blocked, in 1.5 s."


def test_what_is_skipped_for_one_reason_is_one_line(capsys, monkeypatch):
    skipped = [result(name, State.SKIPPED, detail="A laptop has no such thing.") for name in ("one", "two")]
    text = print_text(capsys, monkeypatch, *skipped, result("three"))
    assert "2 checks  skipped: A laptop has no such thing." in text
    assert text.splitlines()[-1] == "No check failed, 1 passed, 2 skipped, in 1.5 s."


def test_no_line_is_wider_than_80_columns(capsys, monkeypatch):
    text = print_text(capsys, monkeypatch, result("a long name of a check", detail="https://example.org/" + "x" * 200))
    assert max(map(len, text.splitlines())) <= 80


def test_programs_get_the_states_and_details_as_json(capsys):
    CliOutput(as_json=True).result("", report(result("one"), result("two", State.BLOCKED)))
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["seconds"], document["started_at"]) == (False, 1.5, "2026-11-22T23:40:05Z")
    first, second = document["checks"]
    assert {name: first[name] for name in ("group", "name", "promise", "state", "detail")} == {
        "group": "service",
        "name": "one",
        "promise": "one is in order",
        "state": "passed",
        "detail": "seen",
    }
    assert second["state"] == "blocked"


def render_html(*results: Result, target: str = "production") -> str:
    """Renders the Markdown as GitHub does: tables, bare URLs as links, and HTML where somebody writes it."""
    markdown = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")
    return str(markdown.render(render_markdown(report(*results, target=target))))


def list_cells(page: str) -> list[str]:
    return [part.partition(">")[2].partition("</td>")[0] for part in page.split("<td")[1:]]


def test_failures_stand_first_in_markdown_with_what_to_do():
    failed = result("spf", State.FAILED, detail="it is gone", hint="Add it.")
    lines = render_markdown(report(result("fine"), failed)).splitlines()
    assert lines[0] == "## Verify production"
    assert lines[2] == "1 check failed, 1 passed, in 1.5 s."
    assert lines[4] == "- **spf**: it is gone Add it."


def test_each_check_is_a_row_of_one_table():
    page = render_html(result("health", detail="fine"), result("worker", State.BLOCKED, detail=""))
    assert page.count("<table>") == 1
    assert list_cells(page) == ["✅", "service: health", "fine", "250", "▫️", "service: worker", "blocked", ""]


@pytest.mark.parametrize("text", HOSTILE_MARKDOWN)
def test_whatever_a_host_answers_stays_text_in_markdown(text: str):
    page = render_html(result(text, State.FAILED, detail=text, hint=text), target=text)
    assert len(list_cells(page)) == 4
    tags = {part.partition(">")[0].split()[0].strip("/") for part in page.split("<")[1:]}
    assert tags <= {"h2", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "p"}
    assert " ".join(text.split()) in html.unescape(page)


@pytest.mark.parametrize("text", HOSTILE_MARKDOWN)
def test_no_character_is_left_that_starts_a_mention_a_link_or_a_formula(text: str):
    escaped = escape(text)
    assert not set(escaped) & set("@<>|`*_~$[]\\")
    assert "://" not in escaped
    assert "www." not in escaped


def test_a_long_answer_is_cut_in_markdown():
    assert len(escape("x" * 10_000)) == LONGEST


def parse_junit(*results: Result, target: str = "production") -> ElementTree.Element:
    return ElementTree.fromstring(render_junit(report(*results, target=target)))


def test_each_group_is_a_junit_suite_that_counts_its_checks():
    suites = parse_junit(
        result("health"),
        result("spf", State.FAILED, Group.DNS),
        result("database", State.FAILED),
        result("worker", State.BLOCKED, detail=""),
        result("caa", State.SKIPPED, Group.DNS, "A laptop has no names."),
    )
    found = {suite.attrib["name"]: suite.attrib for suite in suites}
    assert set(found) == {"service", "dns"}
    assert [found["service"][name] for name in ("tests", "failures", "skipped", "time")] == ["3", "1", "1", "0.750"]
    assert [found["dns"][name] for name in ("tests", "failures", "skipped")] == ["2", "1", "1"]


def test_a_junit_failure_says_what_to_do_and_a_skipped_case_says_why():
    suites = parse_junit(
        result("health", State.FAILED, detail="it answers 503", hint="Look at the log."),
        result("spf", State.SKIPPED, Group.DNS, "A laptop has no names."),
        result("worker", State.BLOCKED, detail=""),
        result("live"),
    )
    failure = suites.find(".//testcase[@name='health']/failure")
    assert failure is not None
    assert failure.attrib == {"message": "it answers 503", "type": "CheckFailedError"}
    assert failure.text == "health is in order: it answers 503\nLook at the log."
    skipped = [suites.find(f".//testcase[@name='{name}']/skipped") for name in ("spf", "worker")]
    assert [each.attrib["message"] for each in skipped if each is not None] == ["A laptop has no names.", "blocked"]
    assert suites.find(".//testcase[@name='live']/*") is None


def test_whatever_a_host_answers_stays_text_in_junit():
    suites = parse_junit(result(HOSTILE_XML, State.FAILED, detail=HOSTILE_XML, hint=HOSTILE_XML), target=HOSTILE_XML)
    assert [each.tag for each in suites.iter()] == [
        "testsuites", "testsuite", "properties", "testcase", "failure", "system-out", "system-err",
    ]  # fmt: skip
    failure = suites.find(".//failure")
    assert failure is not None
    assert failure.attrib["message"] == "]]></failure><x a='\"&amp;\ufffd\ufffd[31m\ufffd\ufffd\t é 🦑"


# What the schemas of Ant (JUnit.xsd) and Jenkins (junit-10.xsd) both accept, and the reporters on GitHub read.
ORDER = ["properties", "testcase", "system-out", "system-err"]
ATTRIBUTES = {
    "testsuites": set[str](),
    "testsuite": {"name", "package", "id", "hostname", "timestamp", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "skipped": {"message"},
}
PATTERNS = {
    "tests": r"\d+", "failures": r"\d+", "errors": r"\d+", "skipped": r"\d+", "id": r"\d+", "time": r"\d+\.\d{3}",
    "timestamp": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}",
}  # fmt: skip


def test_junit_has_the_form_that_tools_expect():
    suites = parse_junit(
        *(result(f"check {state}", state, group) for group in (Group.SITE, Group.DNS) for state in State)
    )
    assert suites.tag == "testsuites"
    assert [suite.attrib["id"] for suite in suites] == ["0", "1"]
    for suite in suites:
        tags = [child.tag for child in suite]
        assert tags == sorted(tags, key=ORDER.index)
        assert tags.count("properties") == tags.count("system-out") == tags.count("system-err") == 1
        assert suite.attrib["timestamp"] == "2026-11-22T23:40:05"
    for element in suites.iter():
        assert element.attrib.keys() == ATTRIBUTES.get(element.tag, set())
        for name, pattern in PATTERNS.items():
            if name in element.attrib:
                assert re.fullmatch(pattern, element.attrib[name]), (element.tag, name)
