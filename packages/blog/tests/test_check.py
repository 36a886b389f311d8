"""The check finds what a reader would stumble over, and nothing in a sound site."""

from __future__ import annotations

import pytest

from blog.__main__ import main
from blog.check import check


@pytest.fixture
def built(desk):
    desk.write("images/a.svg", '<svg width="1" height="2"/>')
    desk.post("a", "[b](b.md#part) ![A](/images/a.svg)\n", tags="[t]")
    desk.post("b", "## Part\n\n| a |\n|---|\n| 1 |\n")
    desk.build(base_path="/blog")
    return desk


def test_a_sound_site_has_no_faults(built, capsys):
    assert check(built.out) == []
    assert main(["check", str(built.out)]) == 0


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ('<a href="/nowhere/">x</a>', "leads nowhere"),
        ('<a href="#nowhere">x</a>', "names a place"),
        ('<a href="../b/#nowhere">x</a>', "names a place"),
        ('<img src="/blog/images/a.svg" width="1" height="2">', "no `alt`"),
        ('<img src="/blog/images/a.svg" alt="">', "no width and height"),
        ('<p id="twice"></p><p id="twice"></p>', "stands 2 times"),
        ('<script>import("/nowhere.js")</script>', "leads nowhere"),
        ('<p style="color:red">', "inline style"),
        ('<p onclick="x()">', "inline handler"),
        ("<h1>Second</h1>", "first-level headings"),
        ("<title>Second</title>", "2 titles"),
    ],
)
def test_a_fault_is_found_with_its_file(built, markup, words, capsys):
    page = built.out / "blog/a/index.html"
    page.write_text(page.read_text().replace("</article>", markup + "</article>"))
    assert main(["check", str(built.out)]) == 1
    told = capsys.readouterr().out
    assert "blog/a/index.html" in told and words in told


def test_a_page_too_heavy_is_named(built):
    page = built.out / "blog/a/index.html"
    page.write_text(page.read_text() + "".join(f"{number * 7919:x}" for number in range(8000)))
    assert "compressed" in check(built.out)[0].words


@pytest.mark.parametrize("name", ["blog/rss.xml", "blog/atom.xml", "sitemap.xml"])
def test_a_broken_file_for_programs_is_named(built, name):
    (built.out / name).write_text("<open>")
    assert [fault.file for fault in check(built.out)] == [name]


def test_a_sitemap_that_lists_a_missing_page_is_named(built):
    (built.out / "blog/b/index.html").unlink()
    assert any(fault.file == "sitemap.xml" and "/blog/b/" in fault.words for fault in check(built.out))


def test_a_missing_folder_is_told(tmp_path):
    assert "no such folder" in check(tmp_path / "nothing")[0].words
