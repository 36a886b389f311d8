from __future__ import annotations

from ops.verify.public_site import Page

TEXT = """<!doctype html><html><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>Tell &amp; us</title><link rel="stylesheet" href="/style.css"><link rel="preconnect" href="/not-a-file">
</head><body><svg><title>A drawing</title></svg><a href="#top">Top</a><a href="blog/#news">News</a><img src="/mark.svg">
<form action="http://localhost:8000/api/leads" method="POST">
<input name="page" type="hidden" value="/"><input name="email"><select name="budget"></select>
<textarea name="message"></textarea>
<input type="radio" name="kind" value="a"><input type="radio" name="kind" value="b"><button>Send</button>
</form></body></html>"""


def test_title_and_policy_are_the_pages_own():
    page = Page("http://localhost/", TEXT)
    assert page.title == "Tell & us"
    assert page.policy == "default-src 'none'"


def test_links_are_whole_and_without_their_fragments():
    assert Page("http://localhost/a/", TEXT).links == {
        "http://localhost/style.css",
        "http://localhost/a/",
        "http://localhost/a/blog/",
        "http://localhost/mark.svg",
    }


def test_a_form_tells_where_it_posts_and_what_a_browser_would_send():
    [form] = Page("http://localhost/", TEXT).forms
    assert (form.action, form.method) == ("http://localhost:8000/api/leads", "post")
    assert form.fields == {"page": "/", "email": "", "budget": "", "message": "", "kind": "a"}
