"""Every address belongs to one post, and names are compared as their authors mean them."""

from __future__ import annotations

import unicodedata

import pytest

from blog.__main__ import main
from blog.errors import BuildError
from blog.slugs import shorten_slug, slugify


def build_messages(project) -> list[str]:
    with pytest.raises(BuildError) as raised:
        project.build()
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("alias", ["/a/", "a", "/a/index.html", "/%61/"])
def test_an_alias_that_is_the_address_of_the_post_itself_is_ignored_with_a_note(project, alias):
    project.write_post("a", "Kept words.\n", aliases=f"['{alias}', /old/]")
    result = project.build()
    assert "Kept words." in project.read_page("a/index.html")
    assert "url=/a/" in project.read_page("old/index.html")
    assert [str(warning) for warning in result.warnings if "address of the post itself" in warning.message]


@pytest.mark.parametrize("name", ["ü.svg", "a b.svg", "100%.svg", "a#b.svg", "what?.svg", "日本.svg", "a&b.svg"])
def test_a_picture_of_any_name_is_found_and_published(project, name):
    from urllib.parse import quote, unquote

    project.write(f"images/{name}", '<svg width="3" height="4"/>')
    project.write_post("a", f"![A](</images/{quote(name)}>)\n\n<img src='/images/{quote(name)}' alt=''>\n")
    project.build()
    page = project.read_page("a/index.html")
    sources = [part.split('"')[0] for part in page.split('<img src="')[1:]]
    assert len(sources) == 2 and page.count('width="3" height="4"') == 2
    assert all((project.out / unquote(source.replace("&amp;", "&")).lstrip("/")).is_file() for source in sources), (
        sources
    )
    assert main(["check", str(project.out)]) == 0


@pytest.mark.parametrize("markup", ["![u](/images/ü.svg)", "![](</images/a b.svg>)", "![u](/images/%C3%BC.svg)"])
def test_a_picture_is_found_encoded_or_not(project, markup):
    project.write("images/ü.svg", '<svg width="3" height="4"/>')
    project.write("images/a b.svg", '<svg width="3" height="4"/>')
    project.write_post("a", markup + "\n")
    project.build()
    assert 'width="3" height="4"' in project.read_page("a/index.html")


def test_a_file_name_in_another_form_of_unicode_is_the_same_name(project):
    project.write(f"images/{unicodedata.normalize('NFD', 'café')}.svg", '<svg width="3" height="4"/>')
    project.write_post("a", f"![A](/images/{unicodedata.normalize('NFC', 'café')}.svg)\n")
    project.build()
    assert 'width="3" height="4"' in project.read_page("a/index.html")


@pytest.mark.parametrize(
    "link",
    ["/posts/日本語/", "日本語.md", "%E6%97%A5%E6%9C%AC%E8%AA%9E.md", "./日本語.md#part", "<../posts/日本語.md>"],
)
def test_a_link_to_a_post_in_another_script_leads_to_it(project, link):
    project.write_post("日本語", "## Part\n")
    project.write_post("a", f"[x]({link})\n")
    project.build()
    assert 'href="/%E6%97%A5%E6%9C%AC%E8%AA%9E/' in project.read_page("a/index.html")
    assert main(["check", str(project.out)]) == 0


@pytest.mark.parametrize(
    ("name", "meaning"), [("archive", "list of all posts"), ("tags", "list of tags"), ("page", "pages")]
)
def test_a_post_with_a_reserved_name_is_refused(project, name, meaning):
    project.write_post(name)
    (message,) = build_messages(project)
    assert message.startswith(f"content/posts/{name}.md:1: `{name}` is reserved for") and meaning in message


@pytest.mark.parametrize("alias", ["/rss.xml", "/atom.xml", "/search.json", "/index.html", "/archive/", "/sitemap.xml"])
def test_an_alias_with_a_reserved_name_is_refused(project, alias):
    project.write_post("a", aliases=f"[{alias}]")
    assert all("reserved" in message for message in build_messages(project))


@pytest.mark.parametrize("alias", ["/tags/x/", "/page/2/"])
def test_an_alias_of_a_page_of_the_blog_is_refused(project, alias):
    project.write_post("a", aliases=f"[{alias}]", tags="[x]")
    for number in range(12):
        project.write_post(f"p{number}")
    (message,) = build_messages(project)
    assert "content/posts/a.md" in message and "already an address of the blog" in message


def test_an_alias_of_an_old_tag_is_allowed(project):
    project.write_post("a", aliases="[/tags/old/, /archive/2009/]", tags="[new]")
    project.build()
    assert "url=/a/" in project.read_page("tags/old/index.html")


def test_a_file_that_hides_a_page_is_refused(project):
    project.write_post("a")
    project.write("static/a/index.html", "x")
    project.write("static/rss.xml", "x")
    messages = build_messages(project)
    assert [message.partition(":")[0] for message in messages] == ["static/a/index.html", "static/rss.xml"]


def test_a_file_that_has_the_name_of_a_folder_is_refused(project):
    project.write_post("a", aliases="[/notes.txt/old]")
    project.write("static/notes.txt", "x")
    (message,) = build_messages(project)
    assert message == "notes.txt: This address is a file and a folder too. Rename one of them."


@pytest.mark.parametrize("field", ["slug", "tags", "aliases"])
def test_a_name_that_no_file_system_holds_is_refused(project, field):
    long = "長" * 100
    project.write_post("a", **{field: long if field == "slug" else f"[{long}]"})
    (message,) = build_messages(project)
    assert message.startswith("content/posts/a.md:4:") and "too long" in message


def test_a_long_title_gives_a_short_file_name(project, capsys):
    assert main(["new", "word " * 60, "--root", str(project.root)]) == 0
    assert len(capsys.readouterr().out.rpartition("/")[2]) < 100
    assert len(shorten_slug(slugify("長" * 100)).encode()) <= 80


def test_a_draft_with_a_reserved_name_is_not_created(project, capsys):
    assert main(["new", "Archive", "--root", str(project.root)]) == 1
    assert "reserved" in capsys.readouterr().err


@pytest.mark.parametrize("alias", ["/?p=12", "/a#b", "/a:b/", "//", "/a/../b/"])
def test_an_alias_that_no_static_host_can_serve_is_refused(project, alias):
    project.write_post("a", aliases=f"['{alias}']")
    assert "is not a path on this site" in build_messages(project)[0]
