"""`blog check` finds problems in a built site and reports none in a correct one."""

from __future__ import annotations

import json
import re

import pytest

from blog.__main__ import main
from blog.check import check_site


@pytest.fixture
def built_site(project):
    project.write("images/a.svg", '<svg width="1" height="2"/>')
    project.write_post("a", "[b](b.md#part) ![A](/images/a.svg)\n", tags="[t]")
    project.write_post("b", "## Part\n\n| a |\n|---|\n| 1 |\n")
    project.build(base_path="/blog")
    return project


def test_a_correct_site_has_no_problems(built_site, capsys):
    assert check_site(built_site.out) == []
    assert main(["check", str(built_site.out)]) == 0
    assert "no problems" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ('<a href="/nowhere/">x</a>', "leads to no file"),
        ('<a href="#nowhere">x</a>', "names an anchor"),
        ('<a href="../b/#nowhere">x</a>', "names an anchor"),
        ('<img src="/blog/images/a.svg" width="1" height="2">', "no `alt`"),
        ('<img src="/blog/images/a.svg" alt="">', "no width and height"),
        ('<p id="twice"></p><p id="twice"></p>', "is used 2 times"),
        ('<script>import("/nowhere.js")</script>', "leads to no file"),
        ('<p style="color:red">', "inline style"),
        ('<p onclick="x()">', "inline handler"),
        ("<h1>Second</h1>", "first-level headings"),
        ("<title>Second</title>", "2 titles"),
    ],
)
def test_a_problem_is_reported_with_its_file(built_site, markup, message, capsys):
    page = built_site.out / "blog/a/index.html"
    page.write_text(page.read_text().replace("</article>", markup + "</article>"))
    assert main(["check", str(built_site.out)]) == 1
    output = capsys.readouterr().out
    assert "blog/a/index.html" in output and message in output


def test_a_page_over_the_size_limit_is_reported(built_site):
    page = built_site.out / "blog/a/index.html"
    page.write_text(page.read_text() + "".join(f"{number * 7919:x}" for number in range(8000)))
    assert "compressed" in check_site(built_site.out)[0].message


@pytest.mark.parametrize("name", ["blog/rss.xml", "blog/atom.xml", "sitemap.xml"])
def test_a_malformed_feed_or_sitemap_is_reported(built_site, name):
    (built_site.out / name).write_text("<open>")
    assert [problem.file for problem in check_site(built_site.out)] == [name]


def test_a_sitemap_that_lists_a_missing_page_is_reported(built_site):
    (built_site.out / "blog/b/index.html").unlink()
    assert any(
        problem.file == "sitemap.xml" and "/blog/b/" in problem.message for problem in check_site(built_site.out)
    )


def test_a_missing_folder_is_reported(tmp_path):
    assert "no such folder" in check_site(tmp_path / "nothing")[0].message


@pytest.mark.parametrize(
    "markup",
    [
        '<a name="old"></a><a href="#old">x</a>',
        '<a href="#:~:text=some%20words">x</a>',
        '<a href="../b/#part:~:text=x">x</a>',
        '<a href="#top">x</a><a href="#TOP">x</a>',
        '<svg><title>Drawing</title><path d=""/></svg><svg><title>Two</title></svg>',
        '<img src="/blog/images/a.svg" alt="" width="1" height="2" srcset="data:image/png;base64,AA== 1x">',
        '<img src="/blog/images/a.svg" alt="" width="1" height="2" srcset="../images/a.svg 1x, ../images/a.svg 2x">',
        '<img src="https://example.com/a.png" alt="">',
        '<code>&lt;a href="/nowhere/"&gt;</code>',
        '<a href="tel:+1">x</a>',
    ],
)
def test_markup_that_works_is_no_problem(built_site, markup):
    page = built_site.out / "blog/a/index.html"
    page.write_text(page.read_text().replace("</article>", markup + "</article>"))
    assert check_site(built_site.out) == []


def test_code_in_a_post_is_no_markup_for_pages_and_feeds(project, capsys):
    project.write_post(
        "a", 'Write `<a href="/x">` for a link, and `<img src="y">`.\n\n```html\n<a href="#z" id="a">\n```\n'
    )
    project.build()
    assert main(["check", str(project.out)]) == 0
    assert "no problems" in capsys.readouterr().out


def test_a_heavy_file_is_a_warning_and_the_limit_a_setting(project, capsys):
    import random

    words = " ".join(f"{random.Random(number).randrange(10**9):x}" for number in range(8303))
    project.write_post("a", words + "\n")
    project.build()
    assert main(["check", str(project.out)]) == 0
    assert "no problems, 1 warning" in capsys.readouterr().out
    assert main(["check", str(project.out), "--page-limit", "200"]) == 0
    assert "compressed" not in capsys.readouterr().out
    project.write("blog.toml", "page_limit = 200\n")
    project.build()
    assert check_site(project.out) == []


def test_the_archive_the_tags_and_the_search_are_split_as_they_grow(project):
    for number in range(620):
        year, day = 2020 + number // 200, number % 28 + 1
        project.write_post(f"p{number:04}", date=f"{year}-{number % 12 + 1:02}-{day:02}", tags="[one]")
    project.build()
    archive = project.read_page("archive/index.html")
    assert 'href="/archive/2021/"' in archive and archive.count("<li><time") == 100
    years = "".join(project.read_page(f"archive/{year}/index.html") for year in (2020, 2021, 2022, 2023))
    assert len(set(re.findall(r'href="/(p\d+)/"', years))) == 620
    assert 'rel="prev" href="/tags/one/2/"' in project.read_page("tags/one/index.html")
    assert len(json.loads(project.read_page("search.json"))) == 500
    assert len(json.loads(project.read_page("search-2.json"))) == 120
    assert 'data-parts="2"' in project.read_page("index.html")
    assert "https://example.org/archive/2021/" in project.read_page("sitemap.xml")
    assert check_site(project.out) == []
