"""Rendered Markdown: anchors, tables, images, code, and no markup that the content security policy blocks."""

from __future__ import annotations

import re

import pytest

from blog.images import SiteImage
from blog.markdown import estimate_minutes, render_markdown


def render(text, images=()):
    return render_markdown(text, resolve_link=lambda url: url, find_image=lambda url: dict(images).get(url))


def test_headings_get_ids_and_link_to_themselves():
    result = render("## One & *two*\n\n## One & two\n\n### Own {#mine}\n")
    assert [heading.id for heading in result.headings] == ["one-and-two", "one-and-two-2", "mine"]
    assert '<h2 id="one-and-two"><a href="#one-and-two">One &amp; <em>two</em></a></h2>' in result.html
    assert result.headings[0].text == "One & two"


def test_a_heading_with_a_link_is_not_wrapped_in_another():
    assert render("## See [this](/x)\n").html == '<h2 id="see-this">See <a href="/x">this</a></h2>\n'


def test_a_first_level_heading_becomes_a_second_level_one():
    assert "<h1" not in render("# Title\n").html


def test_each_table_scrolls_in_a_region_with_its_own_name():
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n| c |\n|---|\n| 3 |\n").html
    assert html.count('<div class="table-scroll" role="region" aria-label="Table 1" tabindex="0"><table>') == 1
    assert 'aria-label="Table 2"' in html
    assert html.count("</table></div>") == 2


def test_alignment_is_a_class_and_never_a_style():
    html = render("| a | b | c |\n|:-:|--:|:--|\n| 1 | 2 | 3 |\n").html
    assert "style=" not in html
    assert '<th class="align-center">a</th><th class="num">b</th><th>c</th>' in html


def test_html_in_code_is_left_unchanged():
    html = render('```html\n<td style="text-align: right"><h2>x</h2><a href="/y"><img src="/z">\n```\n').html
    text = re.sub(r"</?span[^>]*>", "", html)
    assert '&lt;td style="text-align: right"&gt;&lt;h2&gt;x&lt;/h2&gt;&lt;a href="/y"&gt;&lt;img src="/z"&gt;' in text


def test_code_blocks_can_be_focused():
    assert render("```py\nx\n```\n").html.startswith('<pre tabindex="0" data-lang="py"><code>')


def test_a_language_name_cannot_inject_markup():
    assert 'data-lang="py-onclick-x"' in render('```py"onclick="x\nx\n```\n').html


def test_images_have_sizes_and_only_a_first_image_loads_eagerly():
    image = SiteImage("/blog/images/a.png", 640, 480)
    html = render("![A](a.png)\n\nText.\n\n![B](a.png)\n", {"a.png": image}).html
    assert (
        '<figure><img src="/blog/images/a.png" alt="A" width="640" height="480" fetchpriority="high"></figure>' in html
    )
    assert 'alt="B" width="640" height="480" loading="lazy" decoding="async"' in html


def test_text_is_escaped():
    html = render('A < B & "C" `<script>`\n').html
    assert "<script>" not in html and "A &lt; B &amp;" in html


def test_code_does_not_count_as_reading_time():
    assert estimate_minutes("word " * 440) == 2
    assert estimate_minutes("word " * 220 + "\n```\n" + "code " * 5000 + "\n```\n") == 1


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("## JSX: {children}", '<h2 id="jsx-children"><a href="#jsx-children">JSX: {children}</a></h2>'),
        ("## A {b} c", '<h2 id="a-b-c"><a href="#a-b-c">A {b} c</a></h2>'),
        ("## {{ template }}", '<h2 id="template"><a href="#template">{{ template }}</a></h2>'),
        ("## A {key=value}", '<h2 id="a-key-value"><a href="#a-key-value">A {key=value}</a></h2>'),
        ("## A {#own}", '<h2 id="own"><a href="#own">A</a></h2>'),
        ("## A {.big}", '<h2 id="a" class="big"><a href="#a">A</a></h2>'),
        ("## A {#my--own .big .red}", '<h2 id="my--own" class="big red"><a href="#my--own">A</a></h2>'),
        ("## `{#code}`", '<h2 id="sharp-code"><a href="#sharp-code"><code>{#code}</code></a></h2>'),
        ("## Main", '<h2 id="main-2"><a href="#main-2">Main</a></h2>'),
    ],
)
def test_only_ids_and_classes_at_the_end_of_a_heading_are_attributes(source, html):
    assert render(source + "\n").html == html + "\n"


def test_a_task_list_has_named_boxes():
    html = render("- [x] Done it\n- [ ] Open\n\n  More.\n").html
    assert '<input type="checkbox" disabled checked aria-label="Done"> Done it' in html
    assert '<input type="checkbox" disabled aria-label="Not done"> Open' in html
    assert html.count('<li class="task">') == 2


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("See https://example.org/a_b_c_d?x=1&y=2.", "https://example.org/a_b_c_d?x=1&amp;y=2"),
        ("(www.example.org/a(b))", "http://www.example.org/a(b)"),
        ("me.too+x@example.org!", "mailto:me.too+x@example.org"),
        ("**https://example.org**", "https://example.org"),
        ("| a |\n|---|\n| https://example.org |", "https://example.org"),
        ("日本語 https://example.org/日本 です", "https://example.org/%E6%97%A5%E6%9C%AC"),
        ("- item http://localhost:8000/x", "http://localhost:8000/x"),
        ("Quoted “https://example.org/”", "https://example.org/"),
    ],
)
def test_a_bare_address_is_a_link(source, url):
    html = render(source + "\n").html
    assert f'<a href="{url}"' in html and html.count("<a ") == 1


@pytest.mark.parametrize(
    "source",
    [
        "`https://example.org`",
        "```\nhttps://example.org\n```",
        "    https://example.org",
        "<b title='https://example.org'>x</b>",
        "x\\@y me@here @property a@b",
        "<!-- https://example.org -->",
        "xhttps://example.org",
    ],
)
def test_an_address_that_is_no_text_is_no_link(source):
    assert "<a " not in render(source + "\n").html


def test_an_address_in_a_link_stays_one_link():
    html = render("[https://example.org](/x) <https://example.org/y>\n\n[a]: https://example.org/z\n\n[a]\n").html
    assert html.count("<a ") == 3 and "https://example.org</a>" in html


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_an_alert_has_a_title_and_no_quotation(kind):
    html = render(f"> [!{kind.upper()}]\n> Text\n>\n> > quoted\n").html
    assert f'<div class="alert alert-{kind}" role="note"><p class="alert-title">{kind.capitalize()}</p>' in html
    assert html.count("<div") == html.count("</div>") == 1 and html.count("<blockquote>") == 1
    assert "[!" not in html


def test_a_footnote_has_its_own_id_and_links_back():
    html = render("## Setup\n\nA[^setup] b[^setup] c[^other].\n\n[^other]: Second *note*.\n[^setup]: First.\n").html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 6
    targets = re.findall(r'href="#([^"]+)"', html)
    assert set(targets) <= set(ids) and targets.count("fn:1") == 2
    notes = html[html.index('<section class="footnotes"') :]
    assert notes.index("First.") < notes.index("Second <em>note</em>.")
    assert 'href="#fnref:1:2" role="doc-backlink" aria-label="Back to reference 1-2"' in notes


def test_no_footnote_is_lost():
    html = render(
        "A[^1].\n\n[^1]: One[^2].\n\n    <div>raw</div>\n\n    ```\n    code\n    ```\n[^2]: Two.\n[^3]: Three.\n"
    ).html
    for words in ("One", "raw", "code", "Two.", "Three."):
        assert words in html[html.index("<section") :]
    assert "footnote-definition" not in html and html.count("<li id=") == 3


def test_a_footnote_in_a_heading_is_not_in_the_contents():
    result = render("## Title[^1]\n\n[^1]: Note.\n")
    assert result.headings[0].text == "Title" and result.headings[0].id == "title"


def test_code_of_every_fence_does_not_count_as_reading_time():
    code = "code " * 5000
    assert estimate_minutes(f"word\n\n~~~\n{code}\n~~~\n\n````md\n```\n{code}\n```\n````\n") == 1
