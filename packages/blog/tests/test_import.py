"""Blogs of other generators are moved with their pictures; their old addresses still work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from blog.__main__ import main
from blog.check import check_site
from blog.errors import BuildError
from blog.importing.move import import_folder
from blog.site import build_folder


@pytest.fixture
def old(tmp_path):
    """Writes files of the old blog and returns its folder."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            file = tmp_path / "old" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if text == "PNG":
                Image.new("RGB", (4, 3)).save(file, "PNG")
            else:
                file.write_text(text)
        return tmp_path / "old"

    return write


def move(kind: str, folder: Path, tmp_path: Path):
    """Imports and builds the folder. Returns the notes, the content folder and the output folder."""
    root, out = tmp_path / "new", tmp_path / "out"
    result = import_folder(kind, folder, root)
    build_folder(root, out, tmp_path / "cache", base_url="https://example.org", images=False)
    assert [str(problem) for problem in check_site(out)] == []
    return [str(note) for note in result.notes], root, out


def redirects_to(out: Path, path: str, target: str) -> bool:
    file = out / path if path.endswith(".html") else out / path / "index.html"
    return f"url={target}" in file.read_text()


HUGO = {
    "hugo.toml": 'baseURL = "https://old.example/"\ntitle = "Harbor"\nlanguageCode = "en-us"\n'
    '[permalinks]\nposts = "/:year/:month/:slug/"\n',
    "content/posts/first.md": "+++\ntitle = 'First'\ndate = 2020-03-04T10:00:00+02:00\ntags = ['a', 'b']\n"
    "categories = ['c']\n"
    "authors = ['Ada', 'Bo']\naliases = ['/old/first/']\nweight = 3\nmath = true\n+++\n\n"
    'See [second]({{< ref "second.md" >}}),'
    " [again](/2021/05/second/), [full](https://old.example/2021/05/second/#x) and ![x](/img/a.png).\n\n<!--more-->\n\n"
    '{{< youtube dQw4w9WgXcQ >}}\n\n{{< figure src="/img/a.png" alt="Alt" caption="Cap" >}}\n\n'
    "{{< highlight go >}}\nfmt.Println()\n{{< /highlight >}}\n\n{{< tweet 1 >}}\n\n$$x^2$$\n",
    "content/posts/second/index.md": "---\ntitle: Second\ndate: 2021-05-06\ndraft: false\n"
    "lastmod: 2021-06-07\nsummary: Sum\n"
    "cover:\n  image: pic.png\n  alt: The alt\n---\n\n## X\n\n![p](pic.png) <img src='pic.png' alt=''>\n",
    "content/posts/second/pic.png": "PNG",
    "content/posts/hidden.md": "---\ntitle: Hidden\ndate: 2021-05-06\ndraft: true\n---\nx\n",
    "content/about.md": "---\ntitle: About\n---\n\nWords.\n",
    "content/posts/_index.md": "---\ntitle: Posts\n---\n",
    "static/img/a.png": "PNG",
    "layouts/index.html": "x",
}


def test_a_hugo_blog_moves(old, tmp_path):
    notes, root, out = move("hugo", old(HUGO), tmp_path)
    first = (out / "first/index.html").read_text()
    assert first.count('href="/second/') >= 3 and 'href="/second/#x"' in first
    assert (
        'src="/img/a.png" alt="Alt" width="4" height="3"' in first
        and "data-embed=" in first
        and 'data-lang="go"' in first
    )
    assert redirects_to(out, "2020/03/first", "/first/") and redirects_to(out, "old/first", "/first/")
    assert redirects_to(out, "2021/05/second", "/second/")
    second = (out / "second/index.html").read_text()
    assert second.count('src="/images/second/pic.png"') == 2 and "https://example.org/images/second/pic.png" in second
    assert "4 Mar 2020" in first and "Ada, Bo" in first and ">c</a>" in first
    assert (out / "about/index.html").is_file() and not (out / "hidden").exists()
    assert 'title = "Harbor"' in (root / "blog.toml").read_text()
    for expected in ("shortcode `tweet`", "a formula", "`weight` of 1 document", "section", "layouts: The templates"):
        assert any(expected in note for note in notes), expected


JEKYLL = {
    "_config.yml": "title: Harbor\nurl: https://old.example\nbaseurl: /notes\ntimezone: Europe/Bucharest\n",
    "_posts/2019-01-02-hello-world.md": '---\nlayout: post\ntitle: "Hello"\ndate: 2019-01-02 10:00:00 +0900\n'
    "categories: news tech\n"
    "tags: one two\nexcerpt: Short\nauthor: Ada\n---\n\n"
    "![x]({{ site.baseurl }}/assets/a.png) [n]({% post_url 2020-03-04-next %})\n"
    "[u]({{ '/about.html' | relative_url }}) [v](/notes/own/place/)\n\n{% highlight ruby %}\nputs 1\n"
    "{% endhighlight %}\n\n"
    "* toc\n{:toc}\n\n{% include note.html %}\n",
    "_posts/2020-03-04-next.markdown": "---\ntitle: Next\npermalink: /own/place/\n---\n\n"
    "Text {% raw %}{{ x }}{% endraw %}\n{: .lead}\n",
    "_drafts/idea.md": "---\ntitle: Idea\n---\nx\n",
    "about.md": "---\ntitle: About\nlayout: page\n---\n\nWords.\n",
    "index.html": "x",
    "assets/a.png": "PNG",
    "_layouts/post.html": "x",
}


def test_a_jekyll_blog_moves(old, tmp_path):
    notes, root, out = move("jekyll", old(JEKYLL), tmp_path)
    hello = (out / "hello-world/index.html").read_text()
    assert redirects_to(out, "news/tech/2019/01/02/hello-world.html", "/hello-world/")
    assert redirects_to(out, "own/place", "/next/") and redirects_to(out, "about.html", "/about/")
    assert 'src="/assets/a.png"' in hello and hello.count('href="/next/"') >= 1 and 'href="/about/"' in hello
    assert "2 Jan 2019" in hello and 'datetime="2019-01-02T10:00:00+09:00"' in hello and "{:toc}" not in hello
    assert all(f">{tag}</a>" in hello for tag in ("one", "two", "news", "tech"))
    assert "{{ x }}" in (out / "next/index.html").read_text() and "lead}" not in (out / "next/index.html").read_text()
    assert "draft: true" in (root / "content/posts/idea.md").read_text()
    assert 'time_zone = "Europe/Bucharest"' in (root / "blog.toml").read_text()
    assert any("Liquid tag `include`" in note for note in notes)


def test_an_astro_blog_moves(old, tmp_path):
    folder = old(
        {
            "astro.config.mjs": "export default { site: 'https://old.example' }",
            "src/content/blog/first-post.md": "---\ntitle: 'First'\npubDate: 'Jul 08 2022'\n"
            "heroImage: '../../assets/hero.png'\n"
            "description: 'D'\ntags: ['x']\n---\n\n![a](../../assets/hero.png) [b](/blog/second/) [c](./second.mdx)\n",
            "src/content/blog/second.mdx": "---\ntitle: Second\npubDate: 2022-07-09\ndraft: false\n---\n"
            "import Box from '../components/Box.astro';\n\nText.\n\n<Box>in</Box>\n",
            "src/assets/hero.png": "PNG",
            "public/favicon.svg": "<svg/>",
            "src/components/Box.astro": "x",
        }
    )
    notes, _, out = move("astro", folder, tmp_path)
    first = (out / "first-post/index.html").read_text()
    assert 'src="/images/first-post/hero.png"' in first and first.count('href="/second/"') >= 2
    assert redirects_to(out, "blog/first-post", "/first-post/") and "8 Jul 2022" in first
    assert "import Box" not in (out / "second/index.html").read_text()
    assert any("the component `Box`" in note for note in notes)


def test_a_pelican_blog_moves(old, tmp_path):
    folder = old(
        {
            "pelicanconf.py": "SITENAME = 'Harbor'\nARTICLE_URL = 'posts/{date:%Y}/{slug}/'\n"
            "TIMEZONE = 'Europe/Paris'\n"
            "raise SystemExit('this file is never run')\n",
            "content/first.md": "Title: First: one\nDate: 2018-02-03 10:20\nCategory: News\nTags: a, b\n"
            "Slug: first\nAuthors: Ada, Bo\n"
            "Summary: Long\n    line\n\n![x]({static}/images/a.png) [y]({filename}/deep/second.md)"
            " [z]({filename}second.md#s)\n",
            "content/deep/second.md": "Title: Second\nDate: 2018-02-04\nStatus: published\n\n## S\n\nText\n",
            "content/hidden.md": "Title: Hidden\nDate: 2018-02-04\nStatus: draft\n\nText\n",
            "content/old.rst": "Old\n###\n",
            "content/pages/about.md": "Title: About\n\nWords\n",
            "content/images/a.png": "PNG",
        }
    )
    notes, root, out = move("pelican", folder, tmp_path)
    first = (out / "first/index.html").read_text()
    assert redirects_to(out, "posts/2018/first", "/first/") and redirects_to(out, "pages/about.html", "/about/")
    assert 'src="/images/a.png" alt="x" width="4"' in first and first.count('href="/second/') >= 2
    assert "First: one" in first and "Long line" in first and ">News</a>" in first
    assert not (out / "hidden").exists() and 'title = "Harbor"' in (root / "blog.toml").read_text()
    assert any("old.rst" in note and "Write it as Markdown" in note for note in notes)


def test_a_ghost_export_moves(old, tmp_path):
    def post(number: int, **values: object) -> dict[str, object]:
        row = {"id": str(number), "slug": f"p{number}", "title": f"P {number}", "status": "published", "type": "post"}
        return {**row, "published_at": "2021-02-03T04:05:06.000Z", "visibility": "public", "html": "<p>x</p>", **values}

    data = {
        "posts": [
            post(
                1,
                html='<p>See <a href="__GHOST_URL__/p2/">two</a></p>'
                '<img src="__GHOST_URL__/content/images/2021/a.png">',
            ),
            post(2, mobiledoc=json.dumps({"cards": [["markdown", {"markdown": "## Two\n\n- [x] *done*"}]]})),
            post(3, status="draft"),
            post(4, visibility="members"),
            post(5, type="page", title="About"),
        ],
        "tags": [{"id": "t", "name": "Tag"}, {"id": "u", "name": "#internal"}],
        "posts_tags": [{"post_id": "1", "tag_id": "t"}, {"post_id": "1", "tag_id": "u"}],
        "users": [{"id": "a", "name": "Ada"}],
        "posts_authors": [{"post_id": "1", "author_id": "a"}],
        "settings": [{"key": "title", "value": "Harbor"}],
    }
    folder = old({"export.json": json.dumps({"db": [{"data": data}]}), "content/images/2021/a.png": "PNG"})
    notes, root, out = move("ghost", folder, tmp_path)
    first = (out / "p1/index.html").read_text()
    assert 'href="/p2/"' in first and 'src="/images/2021/a.png"' in first and ">Tag</a>" in first and "Ada" in first
    assert "internal" not in first and 'class="task"' in (out / "p2/index.html").read_text()
    assert not (out / "p3").exists() and not (out / "p4").exists() and (out / "p5/index.html").is_file()
    assert any("for members only" in note for note in notes) and "Harbor" in (root / "blog.toml").read_text()


def test_nothing_of_the_new_folder_is_overwritten(old, tmp_path):
    folder = old({"content/posts/a.md": "---\ntitle: A\ndate: 2020-01-01\n---\nx\n"})
    (tmp_path / "new/content/posts").mkdir(parents=True)
    (tmp_path / "new/content/posts/a.md").write_text("mine")
    with pytest.raises(BuildError, match="Import into an empty folder"):
        import_folder("hugo", folder, tmp_path / "new")
    assert (tmp_path / "new/content/posts/a.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("no front matter at all\n", "has no date"),
        ("---\ntitle: [\n---\nx\n", "not readable"),
        ("---\ntitle: A\ndate: someday\n---\nx\n", "`someday` cannot be read"),
        ("---\ntitle: A\ndate: 2020-01-01\nslug: archive\n---\nx\n", "is reserved for"),
        ("---\ntitle: A\ndate: 2020-01-01\naliases: ['/rss.xml', '/a?b=1']\n---\nx\n", "cannot be a redirect"),
        ("---\ntitle: A\ndate: 2020-01-01\ntags: ['!!!']\n---\nx\n", ""),
        ('---\ntitle: "A\\u0008B"\ndate: 2020-01-01\n---\na\x08b\n', ""),
        ("---\ntitle: A\ndate: 2020-01-01\n---\n[x](gone.md)\n", "leads to no document"),
    ],
)
def test_what_is_odd_in_a_post_never_stops_the_next_build(old, tmp_path, text, note):
    folder = old({"content/posts/a.md": text, "content/posts/b.md": "---\ntitle: B\ndate: 2020-01-01\n---\nx\n"})
    root = tmp_path / "new"
    notes = [str(found) for found in import_folder("hugo", folder, root).notes]
    assert not note or any(note in found for found in notes), notes
    assert build_folder(root, tmp_path / "out", tmp_path / "cache", images=False).posts >= 1


def test_the_command_lists_what_was_moved_and_what_was_not(old, tmp_path, capsys):
    assert main(["import", "hugo", str(old(HUGO)), "--root", str(tmp_path / "new")]) == 0
    output = capsys.readouterr().out
    assert "3 posts, 1 page, 2 files, 4 redirects" in output
    assert "content/posts/first.md:24: Not converted: the shortcode `tweet`." in output
    assert main(["import", "jekyll", str(tmp_path / "nowhere"), "--root", str(tmp_path / "new")]) == 1


def test_translations_of_hugo_move_and_its_empty_pages_do_not(old, tmp_path):
    head = "---\ntitle: T\ndate: 2020-01-01\n---\n"
    folder = old(
        {
            "content/posts/a.md": head + "x\n",
            "content/posts/a.fr.md": head + "y\n",
            "content/posts/b/index.fr.md": head + "z\n",
            "content/search.md": "---\ntitle: Search\nlayout: search\n---\n",
        }
    )
    notes, root, out = move("hugo", folder, tmp_path)
    assert sorted(file.name for file in (root / "content/posts").iterdir()) == ["a-fr.md", "a.md", "b-fr.md"]
    assert redirects_to(out, "posts/a", "/a/") and redirects_to(out, "fr/posts/a", "/a-fr/")
    assert 'language: "fr"' in (root / "content/posts/a-fr.md").read_text()
    assert redirects_to(out, "fr/posts/b", "/b-fr/") and any("has no text" in note for note in notes)


def test_liquid_that_jekyll_shows_is_kept_and_its_code_becomes_fences(old, tmp_path):
    body = (
        "The `{% raw %}{% highlight %}{% endraw %}` tag.\n\n{% highlight html linenos %}\n"
        "{% raw %}{{ page.title }}{% endraw %}\n"
        "{% endhighlight %}\n\n{% highlight wl %}\nModule[{}]\n{% endhighlight %}\n"
    )
    folder = old({"_posts/2019-01-02-a b.md": f"---\ntitle: A\n---\n{body}"})
    notes, root, out = move("jekyll", folder, tmp_path)
    text = (root / "content/posts/a-b.md").read_text()
    assert "`{% highlight %}`" in text and "```html\n{{ page.title }}\n```" in text and "```wl\nModule[{}]\n```" in text
    assert not notes and redirects_to(out, "2019/01/02/a b.html", "/a-b/")
