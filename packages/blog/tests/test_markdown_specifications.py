"""The examples of the CommonMark and GitHub specifications give the markup that they name, by meaning.

650 of CommonMark's 652 do, and 672 of GitHub's 677. `specifications/README.md` says where the examples come from. The
builder adds to the markup: headings have ids and link to themselves, the first level becomes the second, tables scroll,
code is colored, quotation marks are curly. The comparison takes that out, and compares elements, attributes and text.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from blog.markdown import render_markdown

SPECIFICATIONS = Path(__file__).parent / "specifications"
EXCEPTIONS = {
    "commonmark": {
        611: "A bare address becomes a link, as on GitHub.",
        612: "A bare e-mail address becomes a link, as on GitHub.",
    },
    "github": {
        620: "The section on <> wants a bare address as text; the extension of the same specification makes it a link.",
        621: "The same with an e-mail address.",
        649: "CommonMark 0.31 allows two hyphens within a comment. GitHub's specification is from 2019.",
        650: "CommonMark 0.31 ends a comment at the first `-->`.",
        657: "The author of a post is trusted, so no HTML is disallowed.",
    },
}
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


def load_examples(name: str) -> list[tuple[int, str, str, str]]:
    """Returns the number, section, Markdown and HTML of every example."""
    return [tuple(example) for example in json.loads((SPECIFICATIONS / f"{name}.json").read_text(encoding="utf-8"))]


EXAMPLES = {name: load_examples(name) for name in ("commonmark", "github")}
SECTIONS = [
    pytest.param(name, section, id=f"{name}: {section}")
    for name, examples in EXAMPLES.items()
    for section in dict.fromkeys(example[1] for example in examples)
]


@pytest.mark.parametrize(("name", "section"), SECTIONS)
def test_the_examples_of_a_section_keep_their_meaning(name, section):
    failures = {}
    for number, _, markdown, expected in (example for example in EXAMPLES[name] if example[1] == section):
        rendered = render_markdown(markdown, resolve_link=lambda url: url, find_image=lambda _: None).html
        is_exception = number in EXCEPTIONS[name]
        if (_Outline(rendered).outline() == _Outline(expected).outline()) == is_exception:
            failures[number] = ("It is no exception any more.",) if is_exception else (markdown, expected, rendered)
    assert failures == {}


def test_every_example_is_there():
    assert [example[0] for example in EXAMPLES["commonmark"]] == list(range(1, 653))
    assert len({example[0] for example in EXAMPLES["github"]}) == 47
