"""Highlighting adds colors and never changes the text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog import highlight as module
from blog.grammars import ALIASES, GRAMMARS
from blog.highlight import highlight, load_tree_sitter

SAMPLES = {
    "python": ("def hello(name):\n    return f'hi {name}'  # kind\n", "def", "k"),
    "bash": ('if true; then echo "hi $USER"; fi # kind\n', "if", "k"),
    "javascript": ("const a = () => `x ${b(1)}`; // kind\n", "const", "k"),
    "typescript": ("interface A { readonly b: string }\n", "interface", "k"),
    "tsx": ("const a = <p className='x'>hi</p>;\n", "const", "k"),
    "json": ('{"a": [1, true]}\n', '"a"', "f"),
    "html": ('<p class="x">hi</p>\n', "p", "k"),
    "css": ("a { color: #fff }\n", "color", "f"),
    "toml": ('[a]\nb = "c"\n', '"c"', "s"),
    "yaml": ("a: true # kind\n", "a", "f"),
    "rust": ('fn main() { println!("hi"); }\n', "fn", "k"),
    "go": ('package main\n\nfunc main() { fmt.Println("hi") }\n', "package", "k"),
}


def strip_tags(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_the_grammar_loads_and_colors(language):
    code, word, css_class = SAMPLES[language]
    assert list(load_tree_sitter(language)(code))
    markup = highlight(code, language)
    assert f'<span class="{css_class}">{html.escape(word, quote=False)}</span>' in markup
    assert strip_tags(markup) == code


def test_every_alias_names_a_language_with_a_grammar():
    assert set(ALIASES.values()) <= set(GRAMMARS)


_PIECES = st.lists(
    st.sampled_from(
        [*"\"'`${}()[]<>&;:#\\/ \n\t=+-.é字🙂\x00", "def", "if ", "class A", "f'", "//", "/*", "*/", "---", "</p>"]
    ),
    max_size=30,
).map("".join)


@settings(deadline=None)
@given(st.sampled_from([*GRAMMARS, "sql", "unknown-language", ""]), st.one_of(_PIECES, st.text(max_size=60)))
def test_without_its_tags_the_markup_is_the_source(language, code):
    assert strip_spans(highlight(code, language)) == code


def strip_spans(markup: str) -> str:
    # `html.unescape` would also change control characters, so this reads back only our three entities.
    text = re.sub(r'</?span(?: class="[a-z]")?>', "", markup)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_a_language_without_a_grammar_is_highlighted_by_pygments():
    assert '<span class="k">SELECT</span>' in highlight("SELECT 1", "sql")


def test_an_unknown_language_is_only_escaped():
    assert highlight("a < b && c", "no-such-language") == "a &lt; b &amp;&amp; c"


def test_a_grammar_that_does_not_load_is_reported_and_replaced_by_pygments(monkeypatch, capsys):
    missing = GRAMMARS["python"]._replace(module="tree_sitter_missing")
    monkeypatch.setitem(GRAMMARS, "python", missing)
    monkeypatch.setattr(module, "_tokenizers", {})
    assert '<span class="k">return</span>' in highlight("return 1\n", "python")
    assert "Pygments" in capsys.readouterr().err


def test_markup_stays_small():
    code = SAMPLES["python"][0] * 8
    assert len(highlight(code, "python")) < 4 * len(code)
