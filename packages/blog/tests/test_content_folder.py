"""What a content folder publishes, and where."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from blog.slugs import slugify


def test_drafts_and_scheduled_posts_are_never_published(project):
    project.write_post("public")
    project.write_post("secret-draft", draft="true", tags="[covert]")
    project.write_post("secret-future", date="2026-06-02", tags="[covert]")
    project.build()
    output = b"".join(data for data in project.read_tree().values() if data) + " ".join(project.read_tree()).encode()
    assert b"secret" not in output and b"covert" not in output


def test_a_scheduled_post_is_published_at_its_time(project):
    project.write_post("later", date="2026-06-02T08:00:00+02:00")
    project.build(now=datetime(2026, 6, 2, 5, 59, tzinfo=UTC))
    assert not (project.out / "later").exists()
    project.build(now=datetime(2026, 6, 2, 6, 0, tzinfo=UTC))
    assert (project.out / "later/index.html").is_file()


def test_a_folder_without_posts_gives_an_empty_blog_with_a_notice(project):
    project.build()
    assert "Nothing is published here yet" in project.read_page("index.html")
    assert "Nothing is published here yet" in project.read_page("archive/index.html")
    assert json.loads(project.read_page("posts.json")) == []


@pytest.mark.parametrize("folder", ["content/posts", "content", "posts"])
def test_posts_are_found_in_each_supported_folder(project, folder):
    project.write(f"{folder}/a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nx\n")
    assert project.build().posts == 1


def test_the_list_is_paginated(project):
    for number in range(25):
        project.write_post(f"p{number:02}", date=f"2026-01-{number + 1:02}")
    project.build()
    assert re.findall(r'<h2><a href="/(p\d+)/"', project.read_page("page/3/index.html")) == [
        "p04",
        "p03",
        "p02",
        "p01",
        "p00",
    ]
    assert 'rel="prev" href="/page/3/"' in project.read_page("page/2/index.html")
    assert 'rel="next" href="/"' in project.read_page("page/2/index.html")
    assert not (project.out / "page/4").exists()
    assert project.read_page("archive/index.html").count("<li>") == 25


def test_a_post_links_to_the_next_and_previous_post(project):
    for name, day in (("old", "01"), ("mid", "02"), ("new", "03")):
        project.write_post(name, date=f"2026-01-{day}")
    project.build()
    assert '<a rel="prev" href="/old/">' in project.read_page("mid/index.html")
    assert '<a rel="next" href="/new/">' in project.read_page("mid/index.html")
    assert 'rel="next"' not in project.read_page("new/index.html")


def test_tags_that_differ_in_case_are_one_tag(project):
    project.write_post("a", tags="[Python, 'C++']", date="2026-01-02")
    project.write_post("b", tags="[python, C]", date="2026-01-01")
    project.build()
    page = project.read_page("tags/index.html")
    assert '<small>2 posts</small><a href="/tags/python/">Python</a>' in page
    assert (project.out / "tags/c-plus-plus").is_dir() and (project.out / "tags/c").is_dir()


def test_a_post_with_three_headings_has_a_table_of_contents(project):
    project.write_post("two", "## A\n\n## B\n")
    project.write_post("three", "## A\n\n### B\n\n## C\n")
    project.build()
    assert 'class="toc"' not in project.read_page("two/index.html")
    assert '<li class="toc-nested"><a href="#b">B</a></li>' in project.read_page("three/index.html")


def test_titles_are_escaped_everywhere(project):
    project.write_post("x", title='"<b>Tags & <script>alert(1)</script>"', description='"a < b > \\"c\\""')
    project.build()
    for name, data in project.read_tree().items():
        if data and name.endswith((".html", ".xml")):
            assert b"<script>alert" not in data and b"<b>Tags" not in data, name
    json_ld = re.search(r'<script type="application/ld\+json">(.*?)</script>', project.read_page("x/index.html"))
    assert json_ld and json.loads(json_ld[1])["headline"] == "<b>Tags & <script>alert(1)</script>"


def test_titles_and_slugs_of_any_script_are_supported(project):
    project.write_post("Żółw-și-字", title="Żółw și 字", tags="[Știri, 日本]")
    project.build()
    assert (project.out / "zolw-si-字/index.html").is_file()
    assert 'href="/zolw-si-%E5%AD%97/"' in project.read_page("index.html")
    assert "https://example.org/zolw-si-%E5%AD%97/" in project.read_page("sitemap.xml")
    assert (project.out / "tags/stiri").is_dir() and (project.out / "tags/日本").is_dir()


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("C++ & C#", "c-plus-plus-and-c-sharp"),
        ("  Ünï—cödé  ", "uni-code"),
        ("straße", "strasse"),
        ("!!!", ""),
        ("日本", "日本"),
    ],
)
def test_slugs_are_ready_for_urls(text, slug):
    assert slugify(text) == slug
    assert slugify(slug) == slug


def test_aliases_redirect_to_the_post(project):
    project.write_post("new-name", aliases="[/old-name/, old/deep, '/page.html']")
    project.build(base_path="/blog")
    for file in ("blog/old-name/index.html", "blog/old/deep/index.html", "blog/page.html"):
        page = project.read_page(file)
        assert 'http-equiv="refresh" content="0;url=/blog/new-name/"' in page
        assert '<link rel="canonical" href="https://example.org/blog/new-name/">' in page
        assert "noindex" in page
    assert "old-name" not in project.read_page("sitemap.xml")


def test_the_base_path_is_part_of_every_url(project):
    project.write_post("a", "[b](/posts/b/) ![x](/images/x.svg)\n", tags="[t]", image="/images/x.svg")
    project.write_post("b")
    project.write("images/x.svg", '<svg viewBox="0 0 8 4"/>')
    project.build(base_path="/blog")
    page = project.read_page("blog/a/index.html")
    urls = set(re.findall(r'(?:href|src)="(/[^"]*)"', page))
    assert urls and all(url.startswith("/blog/") for url in urls), urls
    assert '<a href="/blog/b/">b</a>' in page
    assert '<img src="/blog/images/x.svg" alt="x" width="8" height="4"' in page
    assert 'og:image" content="https://example.org/blog/images/x.svg"' in page
    assert (project.out / "robots.txt").is_file() and (project.out / "sitemap.xml").is_file()


def test_a_path_in_the_base_url_becomes_the_base_path(project):
    project.write_post("a")
    project.build(base_url="https://example.org/notes/")
    assert (project.out / "notes/a/index.html").is_file()
    assert '<link rel="canonical" href="https://example.org/notes/a/">' in project.read_page("notes/a/index.html")


def test_pages_are_not_in_lists_and_feeds(project):
    project.write("content/pages/about.md", "---\ntitle: About\n---\nUs.\n")
    project.write_post("a", "[us](/about/) [us](about.md)\n")
    project.build(base_path="/blog")
    assert "Us." in project.read_page("blog/about/index.html")
    assert project.read_page("blog/a/index.html").count('href="/blog/about/"') == 2
    assert "<title>About" not in project.read_page("blog/rss.xml")


def test_settings_come_from_blog_toml(project):
    project.write(
        "blog.toml", 'title = "Field notes"\nlanguage = "ro"\nposts_per_page = 1\nimages = false\nauthor = "Ada"\n'
    )
    project.write_post("a")
    project.write_post("b")
    project.build()
    assert "<h1>Field notes</h1>" in project.read_page("index.html") and '<html lang="ro">' in project.read_page(
        "index.html"
    )
    assert (project.out / "page/2/index.html").is_file()


def test_static_files_are_published_unchanged(project):
    project.write("static/.well-known/security.txt", "Contact: us\n")
    project.write("static/.hidden", "no")
    project.write("static/deep/file.bin", b"\x00\xff")
    project.build()
    assert project.read_tree()["deep/file.bin"] == b"\x00\xff"
    assert ".well-known/security.txt" in project.read_tree() and ".hidden" not in project.read_tree()


def test_a_theme_folder_replaces_files_by_name(project):
    project.write("theme/blog.css", ".blog{color:teal}")
    project.write_post("a")
    project.build()
    assert ".blog{color:teal}" in project.read_page("a/index.html")


def test_the_same_sources_give_the_same_bytes(project):
    for number in range(5):
        project.write_post(f"p{number}", "## A\n```python\nx = 1\n```\n", tags="[a, b, c]")
    assert project.build_cold() == project.build_cold()
