"""`blog check` finds problems in a built site and reports none in a correct one."""

from __future__ import annotations

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
