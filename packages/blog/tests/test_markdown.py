"""Rendered Markdown: anchors, tables, images, code, and no markup that the content security policy blocks."""

from __future__ import annotations

import re

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
