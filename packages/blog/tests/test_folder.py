"""A content folder becomes a blog: what is in it, what stays out, and where it lies."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from blog.slugs import slugify


def test_drafts_and_posts_to_come_never_leave_the_build(desk):
    desk.post("public")
    desk.post("secret-draft", draft="true", tags="[covert]")
    desk.post("secret-future", date="2026-06-02", tags="[covert]")
    desk.build()
    everything = b"".join(data for data in desk.tree().values() if data) + " ".join(desk.tree()).encode()
    assert b"secret" not in everything and b"covert" not in everything


def test_a_post_to_come_appears_when_its_day_has_come(desk):
    desk.post("later", date="2026-06-02T08:00:00+02:00")
    desk.build(now=datetime(2026, 6, 2, 5, 59, tzinfo=UTC))
    assert not (desk.out / "later").exists()
    desk.build(now=datetime(2026, 6, 2, 6, 0, tzinfo=UTC))
    assert (desk.out / "later/index.html").is_file()


def test_a_folder_without_posts_becomes_a_kind_empty_blog(desk):
    desk.build()
    assert "Nothing is published here yet" in desk.page("index.html")
    assert "Nothing is published here yet" in desk.page("archive/index.html")
    assert json.loads(desk.page("posts.json")) == []


@pytest.mark.parametrize("folder", ["content/posts", "content", "posts"])
def test_posts_are_found_in_each_of_the_known_folders(desk, folder):
    desk.write(f"{folder}/a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nx\n")
    assert desk.build().posts == 1


def test_the_list_goes_on_over_pages(desk):
    for number in range(25):
        desk.post(f"p{number:02}", date=f"2026-01-{number + 1:02}")
    desk.build()
    assert re.findall(r'<h2><a href="/(p\d+)/"', desk.page("page/3/index.html")) == ["p04", "p03", "p02", "p01", "p00"]
    assert 'rel="prev" href="/page/3/"' in desk.page("page/2/index.html")
    assert 'rel="next" href="/"' in desk.page("page/2/index.html")
    assert not (desk.out / "page/4").exists()
    assert desk.page("archive/index.html").count("<li>") == 25


def test_posts_know_their_neighbors(desk):
    for name, day in (("old", "01"), ("mid", "02"), ("new", "03")):
        desk.post(name, date=f"2026-01-{day}")
    desk.build()
    assert '<a rel="prev" href="/old/">' in desk.page("mid/index.html")
    assert '<a rel="next" href="/new/">' in desk.page("mid/index.html")
    assert 'rel="next"' not in desk.page("new/index.html")


def test_tags_spelled_in_several_ways_are_one(desk):
    desk.post("a", tags="[Python, 'C++']", date="2026-01-02")
    desk.post("b", tags="[python, C]", date="2026-01-01")
    desk.build()
    page = desk.page("tags/index.html")
    assert '<small>2 posts</small><a href="/tags/python/">Python</a>' in page
    assert (desk.out / "tags/c-plus-plus").is_dir() and (desk.out / "tags/c").is_dir()


def test_contents_are_listed_from_three_headings_on(desk):
    desk.post("two", "## A\n\n## B\n")
    desk.post("three", "## A\n\n### B\n\n## C\n")
    desk.build()
    assert 'class="contents"' not in desk.page("two/index.html")
    assert '<li class="deeper"><a href="#b">B</a></li>' in desk.page("three/index.html")


def test_titles_are_escaped_everywhere(desk):
    desk.post("x", title='"<b>Tags & <script>alert(1)</script>"', description='"a < b > \\"c\\""')
    desk.build()
    for name, data in desk.tree().items():
        if data and name.endswith((".html", ".xml")):
            assert b"<script>alert" not in data and b"<b>Tags" not in data, name
    linked = re.search(r'<script type="application/ld\+json">(.*?)</script>', desk.page("x/index.html"))
    assert linked and json.loads(linked[1])["headline"] == "<b>Tags & <script>alert(1)</script>"


def test_titles_and_slugs_of_any_script_work(desk):
    desk.post("Żółw-și-字", title="Żółw și 字", tags="[Știri, 日本]")
    desk.build()
    assert (desk.out / "zolw-si-字/index.html").is_file()
    assert 'href="/zolw-si-%E5%AD%97/"' in desk.page("index.html")
    assert "https://example.org/zolw-si-%E5%AD%97/" in desk.page("sitemap.xml")
    assert (desk.out / "tags/stiri").is_dir() and (desk.out / "tags/日本").is_dir()


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
def test_slugs_are_ready_for_addresses(text, slug):
    assert slugify(text) == slug
    assert slugify(slug) == slug


def test_old_addresses_lead_to_the_post(desk):
    desk.post("new-name", aliases="[/old-name/, old/deep, '/page.html']")
    desk.build(base_path="/blog")
    for place in ("blog/old-name/index.html", "blog/old/deep/index.html", "blog/page.html"):
        page = desk.page(place)
        assert 'http-equiv="refresh" content="0;url=/blog/new-name/"' in page
        assert '<link rel="canonical" href="https://example.org/blog/new-name/">' in page
        assert "noindex" in page
    assert "old-name" not in desk.page("sitemap.xml")


def test_a_base_path_moves_every_address(desk):
    desk.post("a", "[b](/posts/b/) ![x](/images/x.svg)\n", tags="[t]", image="/images/x.svg")
    desk.post("b")
    desk.write("images/x.svg", '<svg viewBox="0 0 8 4"/>')
    desk.build(base_path="/blog")
    page = desk.page("blog/a/index.html")
    local = set(re.findall(r'(?:href|src)="(/[^"]*)"', page))
    assert local and all(address.startswith("/blog/") for address in local), local
    assert '<a href="/blog/b/">b</a>' in page
    assert '<img src="/blog/images/x.svg" alt="x" width="8" height="4"' in page
    assert 'og:image" content="https://example.org/blog/images/x.svg"' in page
    assert (desk.out / "robots.txt").is_file() and (desk.out / "sitemap.xml").is_file()


def test_a_path_in_the_base_url_is_the_base_path(desk):
    desk.post("a")
    desk.build(base_url="https://example.org/notes/")
    assert (desk.out / "notes/a/index.html").is_file()
    assert '<link rel="canonical" href="https://example.org/notes/a/">' in desk.page("notes/a/index.html")


def test_pages_lie_outside_the_stream(desk):
    desk.write("content/pages/about.md", "---\ntitle: About\n---\nUs.\n")
    desk.post("a", "[us](/about/) [us](about.md)\n")
    desk.build(base_path="/blog")
    assert "Us." in desk.page("blog/about/index.html")
    assert desk.page("blog/a/index.html").count('href="/blog/about/"') == 2
    assert "<title>About" not in desk.page("blog/rss.xml")


def test_settings_come_from_blog_toml(desk):
    desk.write(
        "blog.toml", 'title = "Field notes"\nlanguage = "ro"\nposts_per_page = 1\nimages = false\nauthor = "Ada"\n'
    )
    desk.post("a")
    desk.post("b")
    desk.build()
    assert "<h1>Field notes</h1>" in desk.page("index.html") and '<html lang="ro">' in desk.page("index.html")
    assert (desk.out / "page/2/index.html").is_file()


def test_static_files_are_published_as_they_lie(desk):
    desk.write("static/.well-known/security.txt", "Contact: us\n")
    desk.write("static/.hidden", "no")
    desk.write("static/deep/file.bin", b"\x00\xff")
    desk.build()
    assert desk.tree()["deep/file.bin"] == b"\x00\xff"
    assert ".well-known/security.txt" in desk.tree() and ".hidden" not in desk.tree()


def test_a_theme_of_the_folder_replaces_files_by_name(desk):
    desk.write("theme/blog.css", ".blog{color:teal}")
    desk.post("a")
    desk.build()
    assert ".blog{color:teal}" in desk.page("a/index.html")


def test_the_same_sources_give_the_same_bytes(desk):
    for number in range(5):
        desk.post(f"p{number}", "## A\n```python\nx = 1\n```\n", tags="[a, b, c]")
    assert desk.cold() == desk.cold()
