"""The results as text for people, as Markdown for a run of GitHub Actions, and as JUnit XML for other tools."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec
from rich.console import Group as Lines
from rich.text import Text

from ops.cli import CliOutput, Column, format_count
from ops.verify.checks import NOT_RUN, Result, State

MARKS = {
    State.PASSED: ("✓", "green", "✅"),
    State.FAILED: ("✗", "red", "❌"),
    State.SKIPPED: ("–", "dim", "⏭️"),
    State.BLOCKED: ("·", "dim", "▫️"),
}
LONGEST = 500  # characters of one Markdown cell; a whole summary may have a megabyte
# XML 1.0 cannot hold these, not even escaped (section 2.2).
_INVALID_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&@!])")


class Report(msgspec.Struct, frozen=True):
    target: str
    ok: bool
    started_at: datetime
    seconds: float
    checks: list[Result]

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.checks if result.state is State.FAILED]


def make_report(target: str, started_at: datetime, duration: timedelta, results: list[Result]) -> Report:
    states = {result.state for result in results}
    ok = State.PASSED in states and not states & {State.FAILED, State.BLOCKED}
    return Report(target, ok, started_at, round(duration.total_seconds(), 3), results)


def summarize(report: Report) -> str:
    """Returns one sentence with all counts: `1 check failed, 38 passed, 1 skipped, in 4.2 s.`"""
    counts = {state: sum(result.state is state for result in report.checks) for state in State}
    others = [f"{count} {state}" for state, count in counts.items() if count and state is not State.FAILED]
    failed = f"{format_count(counts[State.FAILED], 'check')} failed" if report.failed else "No check failed"
    return f"{', '.join((failed, *others))}, in {report.seconds:.1f} s."


def render_text(report: Report, output: CliOutput) -> Lines:
    """Returns the table, what to do about each failed check, and a last line with the counts."""
    columns = [Column(""), Column("Group", 2), Column("Check"), Column("Result"), Column("ms", 1, "right")]
    rows = []
    for _, same in groupby(report.checks, key=_get_row_key):
        first, *others = same
        mark, style, _ = MARKS[first.state]
        text = "dim" if first.state in NOT_RUN else ""
        name = format_count(len(others) + 1, "check") if others else first.name
        cells = (Text(mark, style), Text(first.group, "dim"), Text(name, text), Text(_describe(first), text))
        rows.append((*cells, _format_ms(first)))
    failures = [
        Text.assemble(("Failed: ", "bold red"), f"{each.name}. {each.detail.rstrip('.')}. {each.hint}".rstrip())
        for each in report.failed
    ]
    summary = Text(summarize(report), "bold green" if report.ok else "bold red")
    return Lines(output.table(columns, rows), "", *failures, summary)


def render_markdown(report: Report) -> str:
    """Shows whatever a host answered as text: no markup, no link and no mention comes of it."""
    failures = [
        f"- **{escape(each.name)}**: {escape(each.detail)} {escape(each.hint)}".rstrip() for each in report.failed
    ]
    cells = [
        (MARKS[each.state][2], escape(f"{each.group}: {each.name}"), escape(_describe(each)), _format_ms(each))
        for each in report.checks
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    head = [f"## Verify {escape(report.target)}", "", summarize(report), ""]
    return "\n".join([*head, *failures, "", "| | Check | Result | ms |", "|---|---|---|--:|", *rows, ""])


def render_junit(report: Report) -> bytes:
    """Returns one suite for each group. A blocked check counts as skipped."""
    # Without attributes: the schema of Ant knows none here, and that of Jenkins others.
    suites, package = Element("testsuites"), _clean(report.target)
    for number, group in enumerate(dict.fromkeys(result.group for result in report.checks)):
        results = [result for result in report.checks if result.group is group]
        attributes = {
            "name": group,
            "package": package,
            "id": number,
            "hostname": "localhost",
            "timestamp": f"{report.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "tests": len(results),
            "failures": sum(result.state is State.FAILED for result in results),
            "errors": 0,
            "skipped": sum(result.state in NOT_RUN for result in results),
            "time": f"{sum(result.seconds for result in results):.3f}",
        }
        suite = SubElement(suites, "testsuite", {name: str(value) for name, value in attributes.items()})
        SubElement(suite, "properties")
        for each in results:
            name, classname = _clean(each.name), f"{package}.{group}"
            case = SubElement(suite, "testcase", name=name, classname=classname, time=f"{each.seconds:.3f}")
            if each.state is State.FAILED:
                failure = SubElement(case, "failure", message=_clean(each.detail), type="CheckFailedError")
                failure.text = _clean(f"{each.promise}: {each.detail}\n{each.hint}".rstrip())
            elif each.state in NOT_RUN:
                SubElement(case, "skipped", message=_clean(each.detail or each.state))
        SubElement(suite, "system-out")
        SubElement(suite, "system-err")
    indent(suites)
    return bytes(tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def escape(text: str) -> str:
    """Returns one line in which nothing means anything to Markdown or HTML."""
    line = " ".join(text.split())
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[1])};", line).replace("://", "&#58;//").replace("www.", "www&#46;")


def _get_row_key(result: Result) -> tuple[str, str, str]:
    """Checks that did not run for one reason share a row; every other has its own."""
    return result.group, result.state, result.detail if result.state in NOT_RUN else result.name


def _describe(result: Result) -> str:
    return f"skipped: {result.detail}" if result.state is State.SKIPPED else result.detail or result.state


def _format_ms(result: Result) -> str:
    return "" if result.state in NOT_RUN else f"{result.seconds * 1000:.0f}"


def _clean(text: str) -> str:
    return _INVALID_IN_XML.sub("\ufffd", text)
