"""Images have sizes and smaller copies, and posts without an image get a social card."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from blog.images import read_size
from blog.social_cards import draw_card


def create_image(kind: str, size=(900, 300), **options) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("AVIF", {}),
    ],
)
def test_the_size_of_an_image_is_read_from_its_first_bytes(tmp_path, kind, options):
    file = tmp_path / f"a.{kind.lower()}"
    file.write_bytes(create_image(kind, (123, 45), **options))
    assert read_size(str(file)) == (123, 45)


@pytest.mark.parametrize(
    ("markup", "size"),
    [
        ('<svg width="30" height="40px">', (30, 40)),
        ('<?xml version="1.0"?><svg viewBox="0 0 64 32">', (64, 32)),
        ("<svg>", None),
    ],
)
def test_the_size_of_an_svg_is_read_if_it_states_one(tmp_path, markup, size):
    (tmp_path / "a.svg").write_text(markup)
    assert read_size(str(tmp_path / "a.svg")) == size


def test_a_file_that_is_not_an_image_has_no_size(tmp_path):
    (tmp_path / "a.png").write_bytes(b"not an image")
    assert read_size(str(tmp_path / "a.png")) is None


def test_an_image_is_offered_in_compact_formats_and_several_widths(project):
    project.write("images/a.png", create_image("PNG"))
    project.write_post("a", "Text.\n\n![A](/images/a.png)\n")
    project.build(images=True)
    page = project.read_page("a/index.html")
    assert (
        'type="image/avif" srcset="/images/a.png-480.avif 480w, '
        '/images/a.png-800.avif 800w, /images/a.png-900.avif 900w"' in page
    )
    assert '<img src="/images/a.png" alt="A" width="900" height="300" loading="lazy"' in page
    for kind in ("avif", "webp"):
        with Image.open(project.out / f"images/a.png-480.{kind}") as small:
            assert small.size == (480, 160)
    assert project.build(images=True).written == 0


def test_copies_of_an_image_are_cached_by_content(project):
    project.write("images/a.png", create_image("PNG"))
    project.write_post("a", "![A](/images/a.png)\n")
    project.build(images=True)
    times = {file.name: file.stat().st_mtime_ns for file in (project.cache / "images").iterdir()}
    project.write("images/a.png", create_image("PNG"))
    project.build(images=True)
    assert {file.name: file.stat().st_mtime_ns for file in (project.cache / "images").iterdir()} == times


def test_only_a_post_without_an_image_gets_a_card(project):
    project.write_post("plain", title="A title that is long enough to be wrapped over several lines of the social card")
    project.write_post("illustrated", image="/images/a.png")
    project.write("images/a.png", create_image("PNG"))
    project.build(images=True)
    with Image.open(project.out / "cards/plain.png") as card:
        assert card.size == (1200, 630)
    assert (project.out / "cards/plain.png").stat().st_size < 50_000
    assert 'og:image" content="https://example.org/cards/plain.png"' in project.read_page("plain/index.html")
    assert not (project.out / "cards/illustrated.png").exists()


def test_cards_differ_by_title_and_are_cached(tmp_path):
    one, two = draw_card("One", "x", str(tmp_path)), draw_card("Two", "x", str(tmp_path))
    assert one != two
    assert draw_card("One", "x", str(tmp_path)) == one
    assert len(list(tmp_path.iterdir())) == 2
