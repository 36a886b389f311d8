from __future__ import annotations

import html

import pytest
from markdown_it import MarkdownIt

from ops.verify import outputs, report, summary
from ops.verify.checks import Group, Result, State

HOSTILE = [
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


def result(detail: str, state: State = State.KEPT, name: str = "health", hint: str = "") -> Result:
    return Result(Group.SERVICE, name, "It is well", state, detail, hint, 0.0421)


def rendered(*results: Result, target: str = "production") -> str:
    """As GitHub does it: tables, bare addresses as links, HTML where somebody writes it."""
    markdown = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")
    return str(markdown.render(summary.document(report.of(target, list(results), 1.5))))


def cells(page: str) -> list[str]:
    return [part.partition(">")[2].partition("</td>")[0] for part in page.split("<td")[1:]]


def test_what_is_broken_stands_first_with_what_to_do():
    told = summary.document(
        report.of("production", [result("fine"), result("it is gone", State.BROKEN, "spf", "Add it.")], 1.5)
    )
    lines = told.splitlines()
    assert lines[0] == "## Verified production: 1 broken"
    assert lines[2] == "- **spf**: it is gone Add it."
    assert lines[-1] == "2 checks in 1.5 s."


def test_a_walk_without_a_fault_says_so():
    assert "## Verified production: every promise is kept" in summary.document(
        report.of("production", [result("fine"), result("why not", State.SKIPPED)], 1)
    )


def test_each_check_is_a_row_of_one_table():
    page = rendered(result("fine"), result("", State.NOT_REACHED))
    assert page.count("<table>") == 1
    assert cells(page) == ["✅", "service: health", "fine", "42", "▫️", "service: health", "not reached", ""]


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_a_host_answers_stays_text(words: str):
    page = rendered(result(words, State.BROKEN, words, words), target=words)
    assert len(cells(page)) == 4
    tags = {part.partition(">")[0].split()[0].strip("/") for part in page.split("<")[1:]}
    assert tags <= {"h2", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "p"}
    shown = " ".join(words.split())
    assert shown in html.unescape(page)


@pytest.mark.parametrize("words", HOSTILE)
def test_no_sign_is_left_that_starts_a_mention_a_link_or_a_formula(words: str):
    told = summary.text(words)
    assert not set(told) & set("@<>|`*_~$[]\\")
    assert "://" not in told
    assert "www." not in told


def test_a_long_answer_is_cut():
    assert len(summary.text("x" * 10_000)) == summary.LONGEST


def test_results_go_where_they_are_asked_for(tmp_path):
    junit, markdown = tmp_path / "verify.xml", tmp_path / "verify.md"
    outputs.wanted({}, junit, markdown).write(report.of("local", [result("fine")], 1))
    assert junit.read_text().startswith("<?xml")
    assert markdown.read_text().startswith("## Verified local")


def test_on_github_the_summary_of_the_step_is_added_to(tmp_path):
    step = tmp_path / "step"
    step.write_text("Others were here.\n")
    told = outputs.wanted({"GITHUB_STEP_SUMMARY": str(step)}, None, None)
    told.write(report.of("local", [result("fine")], 1))
    assert step.read_text().startswith("Others were here.\n## Verified local")


def test_a_named_file_takes_the_place_of_the_step(tmp_path):
    told = outputs.wanted({"GITHUB_STEP_SUMMARY": str(tmp_path / "step")}, None, tmp_path / "named")
    told.write(report.of("local", [result("fine")], 1))
    assert [path.name for path in tmp_path.iterdir()] == ["named"]
