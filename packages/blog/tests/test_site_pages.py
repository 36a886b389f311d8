"""The landing page and the blog become one site, or two with the placement "subdomain"."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blog.check import check_site
from blog.errors import BuildError
from blog.site import build_folder, build_site
from shared import site_config

REPOSITORY = Path(__file__).resolve().parents[3]
CONFIG = site_config.load(REPOSITORY / "site.toml")
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path):
    """A small repository with our site.toml and its own pages, texts and posts."""
    root = tmp_path / "repository"
    shutil.copytree(REPOSITORY / "packages/web/partials", root / "packages/web/partials")
    shutil.copytree(REPOSITORY / "packages/web/content", root / "packages/web/content")
    (root / "site.toml").write_text(set_placement("path"))
    files = {
        "packages/web/pages/index.html": '{% extends "layout.html" %}'
        "{% block title %}{{ site.organization.name }}{% endblock %}"
        "{% block description %}{{ form.fields[0].label }}, {{ form.honeypot }}{% endblock %}"
        '{% block main %}<h1>{{ text.tiny.hello }}</h1><form action="{{ api_url }}/api/leads"></form>'
        '{% for post in posts[:3] %}<a href="{{ post.url }}">{{ post.title }}</a>{% endfor %}{% endblock %}',
        "packages/web/pages/404.html": '{% extends "layout.html" %}{% block main %}<h1>Not found</h1>{% endblock %}',
        "packages/web/content/tiny.toml": 'hello = "Good day"\n',
        "packages/web/static/CNAME": "example.org\n",
        "packages/web/assets/x.js": "1\n",
        "packages/blog/content/posts/first.md": "---\ntitle: First\ndate: 2026-01-01\n---\n[home](/)\n",
    }
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def set_placement(placement):
    """Returns our site.toml with this placement of the blog."""
    return re.sub(r'(?m)^placement = "\w+"', f'placement = "{placement}"', (REPOSITORY / "site.toml").read_text())


def build(repository, **options):
    out = repository / "dist/site"
    return build_site(repository / "site.toml", out, repository / ".cache", now=NOW, commit="abc1234", **options), out


def test_landing_page_and_blog_are_built_into_one_artifact(repository):
    _, out = build(repository, api_url="http://localhost:8000", site_url="http://localhost:8080")
    page = (out / "index.html").read_text()
    assert "<h1>Good day</h1>" in page and '<a href="/blog/first/">First</a>' in page
    assert "form-action 'self' http://localhost:8000" in page
    assert '<link rel="canonical" href="http://localhost:8080/">' in page
    assert 'content="Your name, website"' in page
    assert (out / "CNAME").read_text() == "example.org\n"
    assert (out / "assets/x.js").is_file() and (out / "assets/display.woff2").is_file()
    assert "<h1>Not found</h1>" in (out / "404.html").read_text()
    assert json.loads((out / "build.json").read_text())["commit"] == "abc1234"
    assert "Sitemap: http://localhost:8080/sitemap.xml" in (out / "robots.txt").read_text()


def test_the_build_says_when_the_next_scheduled_post_is_due(repository):
    posts = repository / "packages/blog/content/posts"
    for name, date, draft in (
        ("later", "2030-03-01", "no"),
        ("soon", "2030-02-01T08:00:00Z", "no"),
        ("no", "2030-01-02", "yes"),
    ):
        (posts / f"{name}.md").write_text(f"---\ntitle: {name}\ndate: {date}\ndraft: {draft}\n---\nWords.\n")
    _, out = build(repository)
    assert json.loads((out / "build.json").read_text())["next_post"] == "2030-02-01T08:00:00Z"
    for name in ("later", "soon"):
        (posts / f"{name}.md").unlink()
    _, out = build(repository)
    assert "next_post" not in json.loads((out / "build.json").read_text())


def test_landing_page_and_blog_have_the_same_header(repository):
    _, out = build(repository)
    headers = []
    for name in ("index.html", "blog/index.html", "blog/first/index.html"):
        header = re.search(r'<header class="site-header">.*?</header>', (out / name).read_text(), re.DOTALL)
        headers.append(re.sub(r' aria-current="\w+"', "", header[0]))
    assert headers[0] == headers[1] == headers[2]


def test_on_a_subdomain_the_blog_is_a_separate_site(repository):
    (repository / "site.toml").write_text(set_placement("subdomain"))
    blog_host, home = CONFIG.domains.blog, CONFIG.url
    _, out = build(repository)
    blog = out.parent / "blog"
    landing, post = (out / "index.html").read_text(), (blog / "first/index.html").read_text()
    assert f'<a href="https://{blog_host}/first/">First</a>' in landing
    assert f'<link rel="canonical" href="https://{blog_host}/first/">' in post
    assert f'<a href="{home}/">home</a>' in post
    assert f'href="{home}/"' in post and (blog / "assets/display.woff2").is_file()
    assert not (out / "blog").exists() and not (blog / "CNAME").exists()
    assert blog_host not in (out / "sitemap.xml").read_text()
    assert f"https://{blog_host}/first/" in (blog / "sitemap.xml").read_text()


def test_a_changed_text_changes_its_page(repository):
    build(repository)
    (repository / "packages/web/content/tiny.toml").write_text('hello = "Good evening"\n')
    _, out = build(repository)
    assert "<h1>Good evening</h1>" in (out / "index.html").read_text()


def test_an_invalid_text_file_is_reported(repository):
    (repository / "packages/web/content/tiny.toml").write_text("hello = ")
    with pytest.raises(BuildError, match=r"packages/web/content/tiny\.toml"):
        build(repository)


def test_the_real_site_builds_and_has_no_problems(tmp_path):
    result = build_site(REPOSITORY / "site.toml", tmp_path / "site", tmp_path / "cache", now=NOW)
    assert result.total > 20
    assert [str(problem) for problem in check_site(tmp_path / "site")] == []


def test_the_blog_alone_has_the_layout_of_the_site(repository):
    (repository / "packages/blog/content/posts").mkdir(parents=True, exist_ok=True)
    build_folder(repository / "packages/blog", repository / "dist/blog", repository / ".cache", now=NOW)
    page = (repository / "dist/blog/blog/first/index.html").read_text()
    assert '<p class="site-summary">' in page and f'<link rel="canonical" href="{CONFIG.url}/blog/first/">' in page
    assert (repository / "dist/blog/assets/display.woff2").is_file()
