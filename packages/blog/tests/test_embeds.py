"""HTML in Markdown: players of other sites, films, sounds and pictures."""

from __future__ import annotations

import re

import pytest

from blog.embeds import describe_player, parse_attributes


def read_policy(page: str) -> dict[str, str]:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    return dict(rule.split(" ", 1) for rule in policy.split("; "))


@pytest.mark.parametrize(
    "source",
    [
        "https://www.youtube.com/embed/dQw4w9WgXcQ?si=abc",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "//youtube.com/embed/dQw4w9WgXcQ",
        "http://www.youtube.com/embed/dQw4w9WgXcQ?autoplay=1",
    ],
)
def test_a_player_becomes_a_link_that_loads_it_without_cookies(project, source):
    project.write_post(
        "a", f'<iframe width="560" height="315" src="{source}" title="Ropes" allowfullscreen></iframe>\n'
    )
    project.build()
    page = project.read_page("a/index.html")
    assert "<iframe" not in page and 'href="https://www.youtube.com/watch?v=dQw4w9WgXcQ"' in page
    assert 'data-embed="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"' in page
    assert "Play: Ropes" in page and "Loads from youtube-nocookie.com" in page
    assert read_policy(page)["frame-src"] == "https://www.youtube-nocookie.com"
    assert '<script src="/embed.js" defer>' in page and (project.out / "embed.js").is_file()


def test_a_page_without_a_player_loads_no_script_for_it(project):
    project.write_post("a")
    project.build()
    page = project.read_page("a/index.html")
    assert "embed.js" not in page and "frame-src" not in read_policy(page) and "media-src" not in read_policy(page)


@pytest.mark.parametrize(
    ("url", "page", "player"),
    [
        (
            "https://player.vimeo.com/video/1?h=ab",
            "https://vimeo.com/1/ab",
            "https://player.vimeo.com/video/1?h=ab&dnt=1",
        ),
        (
            "https://open.spotify.com/embed/track/x",
            "https://open.spotify.com/embed/track/x",
            "https://open.spotify.com",
        ),
        (
            "https://www.youtube.com/embed/dQw4w9WgXcQ?start=9",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=9s",
            "https",
        ),
        (
            "https://www.youtube.com/embed/videoseries?list=x",
            "https://www.youtube.com/embed/videoseries?list=x",
            "https",
        ),
    ],
)
def test_players_of_many_hosts_are_known(url, page, player):
    found = describe_player(url)
    assert found[0] == page and found[1].startswith(player)


def test_a_feed_has_the_link_of_a_player(project):
    project.write_post("a", '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>\n')
    project.build()
    assert "https://www.youtube.com/watch?v=dQw4w9WgXcQ" in project.read_page("rss.xml")


def test_own_films_and_sounds_are_allowed_and_published(project):
    for name in ("clip.mp4", "clip.vtt", "poster.jpg", "song.mp3"):
        project.write(f"content/posts/film/{name}", b"x")
    project.write(
        "content/posts/film/index.md",
        "---\ntitle: F\ndate: 2026-01-01\n---\n\n"
        '<video controls poster="poster.jpg"><source src=clip.mp4><track src="clip.vtt" kind="captions"></video>\n\n'
        "<audio src='song.mp3' controls></audio>\n",
    )
    project.build(base_path="/blog")
    page = project.read_page("blog/film/index.html")
    for name in ("clip.mp4", "clip.vtt", "poster.jpg", "song.mp3"):
        assert f'"/blog/film/{name}"' in page and (project.out / f"blog/film/{name}").is_file()
    assert read_policy(page)["media-src"] == "'self'"


@pytest.mark.parametrize(
    "markup",
    [
        "![x](https://img.example.com/a.png)",
        "![x](//img.example.com/a.png)",
        '<img src="https://img.example.com/a.png" alt="x">',
        "<video src='https://img.example.com/a.mp4'></video>",
        '<picture><source src="https://img.example.com/a.webp"></picture>',
    ],
)
def test_a_picture_of_another_host_is_named_at_every_build_with_its_line(project, markup):
    project.write_post("a", f"One.\n\n{markup}\n")
    for _ in range(2):
        warnings = project.build().warnings
        assert [(warning.file, warning.line) for warning in warnings] == [("content/posts/a.md", 8)]
        assert "img.example.com" in warnings[0].message and "blocks it" in warnings[0].message


def test_a_host_of_the_settings_may_show_pictures(project):
    project.write("blog.toml", 'image_hosts = ["img.example.com"]\n')
    project.write_post("a", "![x](https://img.example.com/a.png)\n")
    assert not project.build().warnings
    assert read_policy(project.read_page("a/index.html"))["img-src"] == "'self' https://img.example.com"


def test_a_frame_of_the_own_site_stays(project):
    project.write("static/demo/index.html", "<p>x")
    project.write_post("a", '<iframe src="/demo/"></iframe>\n')
    project.build()
    page = project.read_page("a/index.html")
    assert '<iframe src="/demo/">' in page and read_policy(page)["frame-src"] == "'self'"


@pytest.mark.parametrize("source", ["javascript:alert(1)", "data://text/html,x", 'https://x.example/"onload="y'])
def test_a_player_cannot_bring_markup_or_script(project, source):
    project.write_post("a", f"<iframe src='{source}'></iframe>\n")
    project.build()
    page = project.read_page("a/index.html")
    assert 'href="javascript' not in page and 'onload="y' not in page and 'data-embed="data' not in page


def test_html_in_code_and_comments_of_a_post_is_no_markup(project):
    project.write_post("a", 'Write `<iframe src="https://x.example/">` and `<img src="https://x.example/a.png">`.\n')
    assert not project.build().warnings
    assert "&lt;iframe" in project.read_page("a/index.html")


def test_attributes_are_read_as_a_browser_reads_them():
    assert parse_attributes(""" a="1" b='2' c=3 d A="4" e="&amp;" """) == {
        "a": "1",
        "b": "2",
        "c": "3",
        "d": None,
        "e": "&",
    }
