"""Pictures keep their shape, get lighter copies, and posts without one get a card."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from blog.cards import card
from blog.sizes import size_of


def picture(kind: str, size=(900, 300), **options) -> bytes:
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
def test_sizes_are_read_from_the_first_bytes(tmp_path, kind, options):
    file = tmp_path / f"a.{kind.lower()}"
    file.write_bytes(picture(kind, (123, 45), **options))
    assert size_of(str(file)) == (123, 45)


@pytest.mark.parametrize(
    ("markup", "size"),
    [
        ('<svg width="30" height="40px">', (30, 40)),
        ('<?xml version="1.0"?><svg viewBox="0 0 64 32">', (64, 32)),
        ("<svg>", None),
    ],
)
def test_drawings_tell_their_size_if_they_have_one(tmp_path, markup, size):
    (tmp_path / "a.svg").write_text(markup)
    assert size_of(str(tmp_path / "a.svg")) == size


def test_a_file_that_is_no_picture_has_no_size(tmp_path):
    (tmp_path / "a.png").write_bytes(b"not a picture")
    assert size_of(str(tmp_path / "a.png")) is None


def test_a_picture_is_offered_in_lighter_formats_and_widths(desk):
    desk.write("images/a.png", picture("PNG"))
    desk.post("a", "Text.\n\n![A](/images/a.png)\n")
    desk.build(images=True)
    page = desk.page("a/index.html")
    assert (
        'type="image/avif" srcset="/images/a.png-480.avif 480w, '
        '/images/a.png-800.avif 800w, /images/a.png-900.avif 900w"' in page
    )
    assert '<img src="/images/a.png" alt="A" width="900" height="300" loading="lazy"' in page
    for kind in ("avif", "webp"):
        with Image.open(desk.out / f"images/a.png-480.{kind}") as small:
            assert small.size == (480, 160)
    assert desk.build(images=True).written == 0


def test_copies_of_a_picture_are_kept_by_content(desk):
    desk.write("images/a.png", picture("PNG"))
    desk.post("a", "![A](/images/a.png)\n")
    desk.build(images=True)
    kept = {file.name: file.stat().st_mtime_ns for file in (desk.cache / "images").iterdir()}
    desk.write("images/a.png", picture("PNG"))
    desk.build(images=True)
    assert {file.name: file.stat().st_mtime_ns for file in (desk.cache / "images").iterdir()} == kept


def test_a_post_without_picture_gets_a_card_and_one_with_it_does_not(desk):
    desk.post("plain", title="A title long enough to be broken over several lines, as titles of careful people are")
    desk.post("pictured", image="/images/a.png")
    desk.write("images/a.png", picture("PNG"))
    desk.build(images=True)
    with Image.open(desk.out / "cards/plain.png") as drawn:
        assert drawn.size == (1200, 630)
    assert (desk.out / "cards/plain.png").stat().st_size < 50_000
    assert 'og:image" content="https://example.org/cards/plain.png"' in desk.page("plain/index.html")
    assert not (desk.out / "cards/pictured.png").exists()


def test_cards_differ_by_title_and_are_drawn_once(tmp_path):
    one, two = card("One", "x", str(tmp_path)), card("Two", "x", str(tmp_path))
    assert one != two
    assert card("One", "x", str(tmp_path)) == one
    assert len(list(tmp_path.iterdir())) == 2
