"""Feeds, the sitemap, the list of posts, the search index, JSON-LD and the content security policy."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from blog.csp import MissingPolicyError, add_policy

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


@pytest.fixture
def blog(project):
    project.write(
        "blog.toml", 'title = "Notes & more"\ndescription = "About <things>"\nauthor = "Ada"\nlanguage = "en-GB"\n'
    )
    project.write("images/a.svg", '<svg width="1" height="2"/>')
    for number in range(24):
        project.write_post(
            f"post-{number:02}",
            '[here](#part) ![A](/images/a.svg) [there](/posts/post-00/)\n\n## Part\n\n```html\n<a href="/x">\n```\n',
            date=f"2026-02-{number + 1:02}",
            tags="[one, two]",
            author="Eve",
            description=f"Summary {number}",
        )
    project.build(base_path="/blog", images=False)
    return project


def test_rss_has_full_posts_with_absolute_urls(blog):
    channel = ElementTree.fromstring(blog.read_page("blog/rss.xml"))[0]
    assert channel.findtext("title") == "Notes & more"
    assert channel.findtext("description") == "About <things>"
    assert channel.findtext("language") == "en-GB"
    assert channel.find(f"{ATOM}link").get("href") == "https://example.org/blog/rss.xml"
    items = channel.findall("item")
    assert len(items) == 20
    assert items[0].findtext("link") == items[0].findtext("guid") == "https://example.org/blog/post-23/"
    assert items[0].findtext("pubDate") == "Tue, 24 Feb 2026 00:00:00 GMT"
    assert items[0].findtext("{http://purl.org/dc/elements/1.1/}creator") == "Eve"
    assert [tag.text for tag in items[0].findall("category")] == ["one", "two"]
    content = items[0].findtext(CONTENT)
    assert 'href="https://example.org/blog/post-23/#part"' in content
    assert 'src="https://example.org/blog/images/a.svg"' in content
    assert 'href="https://example.org/blog/post-00/"' in content
    assert '"/x"' in content, "URLs in code are left unchanged"


def test_atom_has_the_same_content(blog):
    feed = ElementTree.fromstring(blog.read_page("blog/atom.xml"))
    entries = feed.findall(f"{ATOM}entry")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == "https://example.org/blog/atom.xml"
    assert feed.findtext(f"{ATOM}updated") == "2026-02-24T00:00:00Z"
    assert len(entries) == 20
    assert entries[0].findtext(f"{ATOM}author/{ATOM}name") == "Eve"
    assert [tag.get("term") for tag in entries[0].findall(f"{ATOM}category")] == ["one", "two"]
    assert 'src="https://example.org/blog/images/a.svg"' in entries[0].findtext(f"{ATOM}content")


def test_the_sitemap_lists_pages_with_their_times_and_no_404_page(blog):
    sitemap = ElementTree.fromstring(blog.read_page("sitemap.xml"))
    namespace = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    times = {entry.findtext(f"{namespace}loc"): entry.findtext(f"{namespace}lastmod") for entry in sitemap}
    assert times["https://example.org/blog/post-03/"] == "2026-02-04T00:00:00Z"
    assert times["https://example.org/blog/tags/one/"] == "2026-02-24T00:00:00Z"
    assert not any("404" in url for url in times)
    assert (blog.out / "404.html").is_file()
    assert "Sitemap: https://example.org/sitemap.xml" in blog.read_page("robots.txt")


def test_posts_json_lists_every_post(blog):
    rows = json.loads(blog.read_page("blog/posts.json"))
    assert len(rows) == 24
    assert rows[0] == {
        "slug": "post-23",
        "title": "post 23",
        "date": "2026-02-24T00:00:00Z",
        "tags": ["one", "two"],
        "url": "https://example.org/blog/post-23/",
    }


def test_the_search_index_has_titles_tags_headings_and_descriptions(blog):
    rows = json.loads(blog.read_page("blog/search.json"))
    assert rows[0] == ["/blog/post-23/", "post 23", "one two", "Part", "Summary 23"]
    assert 'data-index="/blog/search.json"' in blog.read_page("blog/index.html")


def test_the_search_script_is_loaded_on_first_use(blog):
    page = blog.read_page("blog/index.html")
    assert "<script src" not in page and 'import("/blog/search.js")' in page
    assert len(gzip.compress((blog.out / "blog/search.js").read_bytes())) < 2048
    assert '<form class="search-form" role="search" action="/blog/archive/"' in page, (
        "the form leads to the archive without a script"
    )


class InlineParser(HTMLParser):
    """Collects the inline style sheets and scripts of a page, and its policy."""

    def __init__(self, html):
        super().__init__()
        self.texts: dict[str, list[str]] = {"style": [], "script": []}
        self.policy: dict[str, str] = {}
        self.open_tag = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(rule.split(" ", 1) for rule in attributes["content"].split("; "))
        if tag in self.texts and "src" not in attributes and attributes.get("type") != "application/ld+json":
            self.open_tag = tag

    def handle_data(self, data):
        if self.open_tag:
            self.texts[self.open_tag].append(data)

    def handle_endtag(self, tag):
        self.open_tag = ""


def hash_source(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_of_a_page_allows_exactly_its_inline_code(blog):
    pages = [name for name in blog.read_tree() if name.endswith(".html")]
    assert len(pages) > 25
    for name in pages:
        page = InlineParser(blog.read_page(name))
        assert page.policy["default-src"] == "'none'", name
        assert [hash_source(text) for text in page.texts["style"]] == page.policy.get("style-src", "").split(), name
        hashes = re.findall(r"'sha256-[^']+'", page.policy.get("script-src", ""))
        assert [hash_source(text) for text in page.texts["script"]] == hashes, name
        assert "unsafe" not in str(page.policy), name


def test_the_policy_names_the_api_that_a_form_posts_to():
    html = add_policy(
        '<meta charset="utf-8"><form action="https://api.example.org/api/leads"></form><script src="/x.js"></script>',
        connect_to=["https://api.example.org", ""],
    )
    policy = InlineParser(html).policy
    assert policy["form-action"] == "'self' https://api.example.org"
    assert policy["connect-src"] == "'self' https://api.example.org"
    assert policy["script-src"] == "'self'"


def test_the_policy_of_a_page_without_form_or_script_allows_neither():
    policy = InlineParser(add_policy('<meta charset="utf-8"><p>x</p>')).policy
    assert policy["form-action"] == "'none'" and "script-src" not in policy and "connect-src" not in policy


def test_unused_custom_properties_and_comments_are_removed():
    html = add_policy(
        '<meta charset="utf-8"><style>:root{--a:var(--b);--b:red;--c:var(--d);--d:blue}/* x */p{color:var(--a)}</style>'
    )
    assert "<style>:root{--a:var(--b);--b:red}p{color:var(--a)}</style>" in html


def test_a_page_without_a_place_for_the_policy_is_an_error():
    with pytest.raises(MissingPolicyError):
        add_policy("<p>no head</p>")


def test_json_ld_describes_the_post(blog):
    page = blog.read_page("blog/post-03/index.html")
    json_ld = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    data = json.loads(json_ld[1])
    assert data["@type"] == "BlogPosting"
    assert data["author"] == {"@type": "Person", "name": "Eve"}
    assert data["mainEntityOfPage"] == "https://example.org/blog/post-03/"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<a href="../b/">x</a>', 'href="https://example.org/blog/b/"'),
        ('<a href="?x=1">x</a>', 'href="https://example.org/blog/a/?x=1"'),
        ("<a href='/blog/b/'>x</a>", 'href="https://example.org/blog/b/"'),
        ("<a href=/blog/b/>x</a>", 'href="https://example.org/blog/b/"'),
        ('<a HREF="b/">x</a>', 'href="https://example.org/blog/a/b/"'),
        ("<video poster='p.svg' src=\"c.mp4\"></video>", 'poster="https://example.org/blog/p.svg"'),
        ('<img alt="" srcset="/blog/p.svg 1x,/blog/p.svg 2x">', "https://example.org/blog/p.svg 2x"),
        ('<blockquote cite="/source">x</blockquote>', 'cite="https://example.org/source"'),
        ('<a href="//cdn.example.com/x">x</a>', 'href="https://cdn.example.com/x"'),
        ('<a title="a > b" href="../b/">x</a>', 'href="https://example.org/blog/b/"'),
        ("[x](?y=1)", 'href="https://example.org/blog/a/?y=1"'),
    ],
)
def test_every_url_of_a_feed_is_absolute(project, markup, expected):
    project.write("content/posts/p.svg", '<svg width="1" height="1"/>')
    project.write("content/posts/c.mp4", b"x")
    project.write_post("a", markup + "\n")
    project.write_post("b")
    project.build(base_path="/blog")
    for name, tag in (("rss.xml", CONTENT), ("atom.xml", f"{ATOM}content")):
        contents = [node.text for node in ElementTree.fromstring(project.read_page(f"blog/{name}")).iter(tag)]
        assert any(expected.lower() in (text or "").lower() for text in contents), contents


def test_text_that_looks_like_a_url_attribute_stays(project):
    project.write_post("a", '<img alt="use src=x or href=\'/y\'" src="https://example.com/i.png">\n\n`href="/z"`\n')
    project.build()
    content = next(ElementTree.fromstring(project.read_page("rss.xml")).iter(CONTENT)).text
    assert "use src=x or href=" in content and "example.org/y" not in content and 'href="/z"' in content
