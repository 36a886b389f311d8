"""What programs read: feeds, sitemap, manifest, search index, and the content policy."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from blog.policy import Unsealed, seal

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


@pytest.fixture
def blog(desk):
    desk.write(
        "blog.toml", 'title = "Notes & more"\ndescription = "About <things>"\nauthor = "Ada"\nlanguage = "en-GB"\n'
    )
    desk.write("images/a.svg", '<svg width="1" height="2"/>')
    for number in range(24):
        desk.post(
            f"post-{number:02}",
            '[here](#part) ![A](/images/a.svg) [there](/posts/post-00/)\n\n## Part\n\n```html\n<a href="/x">\n```\n',
            date=f"2026-02-{number + 1:02}",
            tags="[one, two]",
            author="Eve",
            description=f"Summary {number}",
        )
    desk.build(base_path="/blog", images=False)
    return desk


def test_rss_holds_whole_posts_with_complete_addresses(blog):
    channel = ElementTree.fromstring(blog.page("blog/rss.xml"))[0]
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
    assert '"/x"' in content, "code about addresses is left as written"


def test_atom_says_the_same(blog):
    feed = ElementTree.fromstring(blog.page("blog/atom.xml"))
    entries = feed.findall(f"{ATOM}entry")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == "https://example.org/blog/atom.xml"
    assert feed.findtext(f"{ATOM}updated") == "2026-02-24T00:00:00Z"
    assert len(entries) == 20
    assert entries[0].findtext(f"{ATOM}author/{ATOM}name") == "Eve"
    assert [tag.get("term") for tag in entries[0].findall(f"{ATOM}category")] == ["one", "two"]
    assert 'src="https://example.org/blog/images/a.svg"' in entries[0].findtext(f"{ATOM}content")


def test_the_sitemap_lists_pages_with_their_days_and_no_404(blog):
    found = ElementTree.fromstring(blog.page("sitemap.xml"))
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    days = {entry.findtext(f"{name}loc"): entry.findtext(f"{name}lastmod") for entry in found}
    assert days["https://example.org/blog/post-03/"] == "2026-02-04T00:00:00Z"
    assert days["https://example.org/blog/tags/one/"] == "2026-02-24T00:00:00Z"
    assert not any("404" in address for address in days)
    assert (blog.out / "404.html").is_file()
    assert "Sitemap: https://example.org/sitemap.xml" in blog.page("robots.txt")


def test_the_manifest_tells_the_crm_of_every_post(blog):
    rows = json.loads(blog.page("blog/posts.json"))
    assert len(rows) == 24
    assert rows[0] == {
        "slug": "post-23",
        "title": "post 23",
        "date": "2026-02-24T00:00:00Z",
        "tags": ["one", "two"],
        "url": "https://example.org/blog/post-23/",
    }


def test_the_search_index_has_what_people_look_for(blog):
    rows = json.loads(blog.page("blog/search.json"))
    assert rows[0] == ["/blog/post-23/", "post 23", "one two", "Part", "Summary 23"]
    assert 'data-index="/blog/search.json"' in blog.page("blog/index.html")


def test_search_costs_a_page_nothing_before_it_is_used(blog):
    page = blog.page("blog/index.html")
    assert "<script src" not in page and 'import("/blog/search.js")' in page
    assert len(gzip.compress((blog.out / "blog/search.js").read_bytes())) < 2048
    assert '<form class="find" role="search" action="/blog/archive/"' in page, "without script the archive answers"


class Inline(HTMLParser):
    """The inline sheets and scripts of a page and its policy."""

    def __init__(self, html):
        super().__init__()
        self.found: dict[str, list[str]] = {"style": [], "script": []}
        self.policy: dict[str, str] = {}
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(rule.split(" ", 1) for rule in given["content"].split("; "))
        if tag in self.found and "src" not in given and given.get("type") != "application/ld+json":
            self.inside = tag

    def handle_data(self, data):
        if self.inside:
            self.found[self.inside].append(data)

    def handle_endtag(self, tag):
        self.inside = ""


def source(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_every_page_allows_its_own_inline_code_and_no_other(blog):
    pages = [name for name in blog.tree() if name.endswith(".html")]
    assert len(pages) > 25
    for name in pages:
        page = Inline(blog.page(name))
        assert page.policy["default-src"] == "'none'", name
        assert [source(text) for text in page.found["style"]] == page.policy.get("style-src", "").split(), name
        hashes = re.findall(r"'sha256-[^']+'", page.policy.get("script-src", ""))
        assert [source(text) for text in page.found["script"]] == hashes, name
        assert "unsafe" not in str(page.policy), name


def test_the_policy_names_the_api_a_form_posts_to():
    html = seal(
        '<meta charset="utf-8"><form action="https://api.example.org/api/leads"></form><script src="/x.js"></script>',
        api_url="https://api.example.org",
    )
    policy = Inline(html).policy
    assert policy["form-action"] == "'self' https://api.example.org"
    assert policy["connect-src"] == "'self' https://api.example.org"
    assert policy["script-src"] == "'self'"


def test_a_page_without_form_or_script_allows_neither():
    policy = Inline(seal('<meta charset="utf-8"><p>x</p>')).policy
    assert policy["form-action"] == "'none'" and "script-src" not in policy and "connect-src" not in policy


def test_unused_custom_properties_and_comments_leave_the_sheet():
    html = seal(
        '<meta charset="utf-8"><style>:root{--a:var(--b);--b:red;--c:var(--d);--d:blue}/* x */p{color:var(--a)}</style>'
    )
    assert "<style>:root{--a:var(--b);--b:red}p{color:var(--a)}</style>" in html


def test_a_page_that_cannot_hold_a_policy_is_refused():
    with pytest.raises(Unsealed):
        seal("<p>no head</p>")


def test_search_engines_read_what_people_read(blog):
    linked = re.search(r'<script type="application/ld\+json">(.*?)</script>', blog.page("blog/post-03/index.html"))
    data = json.loads(linked[1])
    assert data["@type"] == "BlogPosting"
    assert data["author"] == {"@type": "Person", "name": "Eve"}
    assert data["mainEntityOfPage"] == "https://example.org/blog/post-03/"
