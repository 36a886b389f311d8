"""Slugs, tags, direction, words of the interface, reading time and search for every script."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from blog import strings
from blog.errors import BuildError
from blog.faces import find_missing_letters
from blog.markdown import estimate_minutes
from blog.slugs import slugify
from blog.social_cards import draw_card


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("ガイド", "ガイド"),
        ("バス", "バス"),
        ("パス", "パス"),
        ("Войти", "войти"),
        ("Ёлка", "ёлка"),
        ("हिन्दी में", "हिन्दी-में"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("Ἀθῆναι", "ἀθῆναι"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("می‌خواهم", "میخواهم"),
        ("Dvořák w Łodzi", "dvorak-w-lodzi"),
        ("Việt Nam", "viet-nam"),
        ("ＡＢＣ１２", "abc12"),
        ("한국어", "한국어"),
    ],
)
def test_marks_are_dropped_from_latin_letters_only(text, slug):
    import unicodedata

    for form in ("NFC", "NFD"):
        assert slugify(unicodedata.normalize(form, text)) == unicodedata.normalize("NFC", slug)
    assert slugify(slug) == unicodedata.normalize("NFC", slug)


@pytest.mark.parametrize("pair", [("ガイド", "カイト"), ("résumé", "resume"), ("C++", "C plus plus"), ("バス", "パス")])
def test_two_tags_that_differ_stay_two(project, pair):
    project.write_post("a", tags=f"['{pair[0]}']", date="2026-01-01")
    project.write_post("b", tags=f"['{pair[1]}']", date="2026-01-02")
    project.build()
    found = re.findall(r'<small>1 post</small><a href="([^"]+)">([^<]+)</a>', project.read_page("tags/index.html"))
    assert {name for _, name in found} == set(pair) and len({url for url, _ in found}) == 2
    # A newer post with the same tags changes no address.
    project.write_post("c", tags=f"['{pair[1]}', '{pair[0]}']", date="2026-01-03")
    project.build()
    after = re.findall(r'<small>2 posts</small><a href="([^"]+)">([^<]+)</a>', project.read_page("tags/index.html"))
    assert after == found


def test_two_spellings_of_one_tag_are_one(project):
    project.write_post("a", tags="[Open-Source, open source, OPEN_SOURCE]")
    project.build()
    assert project.read_page("a/index.html").count('href="/tags/open-source/"') == 1


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("fa", "rtl"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("ur", "rtl"),
        ("en", "ltr"),
        ("az-Arab", "rtl"),
        ("ks-Deva", "ltr"),
    ],
)
def test_the_direction_of_a_page_is_that_of_its_language(project, language, direction):
    project.write("blog.toml", f'language = "{language}"\n')
    project.write_post("a", aliases="[old]")
    project.build()
    for page in ("index.html", "a/index.html", "old/index.html", "404.html", "archive/index.html"):
        assert (' dir="rtl"' in project.read_page(page).partition(">\n<head>")[0]) == (direction == "rtl"), page


PERSIAN = "راهنمای نوشتن"
LISTS = ("index.html", "archive/index.html", "tags/x/index.html", "b/index.html")


def write_two_posts(project, **head):
    project.write_post("b", date="2026-01-03", tags="[x]", aliases="[old-b]")
    text = "> [!NOTE]\n> متن\n"
    project.write_post("a", text, title=PERSIAN, description="یک توضیح", tags="[x]", aliases="[old-a]", **head)


def test_a_post_in_another_language_says_so_wherever_it_is_shown(project):
    write_two_posts(project, language="fa")
    project.build()
    attributes = ' lang="fa" dir="rtl"'
    for path in LISTS:
        assert re.search(rf"<\w+[^>]*{attributes}>(?:<a [^>]*>)?{PERSIAN}", project.read_page(path)), path
    page = project.read_page("a/index.html")
    assert f"<title{attributes}>{PERSIAN}" in page and f"<h1{attributes}>{PERSIAN}</h1>" in page
    assert f'<p class="lead"{attributes}>' in page and f'<div class="prose"{attributes}>' in page
    assert '"inLanguage":"fa"' in page and '"inLanguage":"en"' in project.read_page("b/index.html")
    assert "یادداشت" in page  # the words inside of the text are those of its language
    assert f'<a href="/a/"{attributes}>{PERSIAN}</a>' in project.read_page("old-a/index.html")
    # A page without such a post has nothing of it.
    assert " lang=" not in project.read_page("old-b/index.html").replace('<html lang="en">', "")


def test_programs_learn_the_language_of_a_post(project):
    write_two_posts(project, language="fa")
    project.build()
    atom, rss = project.read_page("atom.xml"), project.read_page("rss.xml")
    assert re.findall(r"<entry( [^>]*)?>", atom) == ["", ' xml:lang="fa"']
    assert re.findall(r"<item( [^>]*)?>", rss) == ["", ' xml:lang="fa"']
    assert rss.count("<dc:language>fa</dc:language>") == 1
    contents = [entry.findtext("{*}content") for entry in ElementTree.fromstring(atom).iterfind("{*}entry")]
    assert [content.startswith('<div lang="fa" dir="rtl">') for content in contents] == [False, True]
    rows = {row[0]: row[5:] for row in json.loads(project.read_page("search.json"))}
    assert rows == {"/a/": ["fa", "rtl"], "/b/": []}
    posts = {post["slug"]: post.get("language") for post in json.loads(project.read_page("posts.json"))}
    assert posts == {"a": "fa", "b": None}


def test_letters_give_the_direction_of_a_post_without_a_language(project):
    write_two_posts(project)
    project.build()
    page = project.read_page("a/index.html")
    assert f'<h1 dir="rtl">{PERSIAN}</h1>' in page and '<div class="prose" dir="auto">' in page
    assert f'<h2 dir="rtl"><a href="/a/">{PERSIAN}' in project.read_page("index.html")
    assert " dir=" not in project.read_page("old-b/index.html")


def test_a_post_in_the_language_of_a_site_from_right_to_left_says_nothing(project):
    project.write("blog.toml", 'language = "fa"\n')
    write_two_posts(project, language="fa")
    project.build()
    assert f"<h1>{PERSIAN}</h1>" in project.read_page("a/index.html")
    # The Latin title of the other one runs from left to right.
    assert '<h1 dir="ltr">b</h1>' in project.read_page("b/index.html")


def test_a_language_of_the_same_direction_has_no_direction(project):
    project.write_post("a", title="Grüße", language="de")
    project.build()
    assert '<h1 lang="de">Grüße</h1>' in project.read_page("a/index.html")


def test_a_wrong_language_is_refused_with_its_line(project):
    project.write_post("a", language="klingon is it")
    with pytest.raises(BuildError, match=r"a\.md:4: `language` must be a language tag, such as en or pt-BR"):
        project.build()


def test_a_new_language_builds_the_same_as_a_build_without_a_cache(project):
    write_two_posts(project)
    project.build()
    write_two_posts(project, language="fa")
    project.build()
    assert project.read_tree() == project.build_cold()


@pytest.mark.parametrize("language", sorted(file.stem for file in Path(strings.BUILTIN_FOLDER).glob("*.toml")))
def test_every_language_has_all_words(language):
    words = strings.load_strings(language)
    own = strings._read(f"{strings.BUILTIN_FOLDER}/{language}.toml")
    assert own.keys() == strings.ENGLISH.keys()
    for name, text in words.items():
        english = strings.ENGLISH[name]
        expected = set(re.findall(r"\{\w+\}", english)) - ({"{month}"} if name == "day" else set())
        assert set(re.findall(r"\{\w+\}", text)) >= expected - {"{month}"}, name
    assert len(words["months"].split("|")) == 12


def test_the_interface_is_in_the_language_of_the_site(project):
    project.write("blog.toml", 'language = "de-AT"\n')
    project.write_post("a", "> [!WARNING]\n> x\n\n- [x] y\n", date="2026-03-05", tags="[x]")
    project.build()
    page = project.read_page("a/index.html")
    for words in ("5. März 2026", "1 Min. Lesezeit", ">Warnung</p>", 'aria-label="Erledigt"'):
        assert words in page
    assert "<h1>Archiv</h1>" in project.read_page("archive/index.html")


def test_a_folder_has_its_own_words_for_a_language(project):
    project.write("blog.toml", 'language = "eo"\n')
    project.write_post("a")
    assert any("no words for `eo`" in warning.message for warning in project.build().warnings)
    project.write("theme/strings/eo.toml", '# Esperanto\narchive = "Arkivo"\n')
    strings.load_strings.cache_clear()
    assert not project.build().warnings
    assert "<h1>Arkivo</h1>" in project.read_page("archive/index.html")


def test_reading_time_counts_letters_of_scripts_without_spaces():
    assert estimate_minutes("文化" * 3000) == 12
    assert estimate_minutes("ภาษา" * 1100) == 4
    assert estimate_minutes("word " * 440 + "文" * 500) == 3
    assert estimate_minutes("단어 " * 440) == 2


@pytest.mark.parametrize(
    "text", ["Dvořák w Łodzi", "日本語のガイド", "Войти", "Ἀθῆναι", "हिन्दी में", "שלום", "ภาษาไทย", "سلام"]
)
def test_a_card_has_the_letters_of_every_script(tmp_path, text):
    from io import BytesIO

    from PIL import Image

    assert find_missing_letters(text) == ""
    card, empty = (Image.open(BytesIO(draw_card(title, "x", str(tmp_path)))).convert("L") for title in (text, " "))
    area = (60, 60, 1140, 200)
    assert card.crop(area).tobytes() != empty.crop(area).tobytes()


def test_letters_without_a_font_are_named(project):
    project.write_post("a", title="Linear \U00010000 B")
    warnings = [str(warning) for warning in project.build(images=True).warnings]
    assert any("content/posts/a.md: warning: No font has the letters \U00010000" in warning for warning in warnings)
    assert (project.out / "cards/a.png").is_file()
