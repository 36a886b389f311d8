"""Images have sizes and smaller copies, and posts without an image get a social card."""

from __future__ import annotations

import tempfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from blog.__main__ import main
from blog.image_metadata import strip_metadata
from blog.images import read_info, read_size
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


def create_photo(orientation: int = 1, size=(900, 300)) -> bytes:
    """Returns a JPEG with a position, a device, a comment and a second picture behind the end, as phones write it."""
    image = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Secretphone"
    exif.get_ifd(0x8825).update({1: "N", 2: (44.0, 25.0, 36.0)})
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"Secretcomment", xmp=b"<x>Secretxmp</x>")
    return buffer.getvalue() + b"\xff\xd8Secretsecond"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_upright_in_every_copy(project, orientation):
    project.write("images/a.jpg", create_photo(orientation))
    project.write_post("a", "![A](/images/a.jpg)\n")
    project.build(images=True)
    size = (300, 900) if orientation >= 5 else (900, 300)
    assert f'width="{size[0]}" height="{size[1]}"' in project.read_page("a/index.html")
    with (
        Image.open(project.out / f"images/a.jpg-{size[0]}.webp") as copy,
        Image.open(project.out / "images/a.jpg") as own,
    ):
        assert copy.size == size and ImageOps.exif_transpose(own).size == size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_published_picture_says_nothing_of_its_maker(project, kind):
    if kind == "JPEG":
        data = create_photo(6)
    else:
        exif = Image.Exif()
        exif[0x010F] = "Secretphone"
        exif.get_ifd(0x8825).update({1: "N", 2: (44.0, 25.0, 36.0)})
        buffer = BytesIO()
        options = {"pnginfo": PngInfo()} if kind == "PNG" else {"xmp": b"<x>Secretxmp</x>"}
        if kind == "PNG":
            options["pnginfo"].add_text("Comment", "Secretcomment")
        Image.new("RGB", (90, 30), "teal").save(buffer, kind, exif=exif, **options)
        data = buffer.getvalue()
    assert b"Secret" in data
    name = f"a.{kind.lower()}"
    project.write(f"images/{name}", data)
    project.write("content/posts/trip/index.md", "---\ntitle: T\ndate: 2026-01-01\n---\n")
    project.write(f"content/posts/trip/{name}", data)
    project.build(images=False)
    for path in (f"images/{name}", f"trip/{name}"):
        published = (project.out / path).read_bytes()
        assert b"Secret" not in published
        with Image.open(BytesIO(published)) as image:
            image.load()
            assert not image.getexif().get_ifd(0x8825)


def test_pixels_and_colors_of_a_picture_stay(project):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = Image.effect_noise((64, 48), 90).convert("RGB")
    buffer = BytesIO()
    photo.save(buffer, "JPEG", icc_profile=profile, progressive=True, exif=Image.Exif())
    stripped = strip_metadata(buffer.getvalue())
    with Image.open(BytesIO(stripped)) as after, Image.open(buffer) as before:
        assert after.tobytes() == before.tobytes() and after.info["icc_profile"] == profile


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00", b"\x89PNG\r\n\x1a\n\0\0", b"RIFF\0\0\0\0WEBPVP8X"]
)
def test_a_damaged_picture_without_copies_is_published_as_it_is(project, data):
    project.write("images/a.png", data)
    project.write_post("a", "![A](/images/a.png)\n")
    project.build(images=True)
    assert (project.out / "images/a.png").read_bytes()[:4] == data[:4]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_moving_picture_keeps_moving(project, kind):
    frames = [Image.new("RGB", (900, 300), color) for color in ("teal", "red")]
    buffer = BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100)
    project.write(f"images/a.{kind.lower()}", buffer.getvalue())
    project.write_post("a", f"![A](/images/a.{kind.lower()})\n")
    project.build(images=True)
    assert "<source" not in project.read_page("a/index.html")
    with Image.open(project.out / f"images/a.{kind.lower()}") as image:
        assert image.n_frames == 2


def test_a_picture_with_16_bits_keeps_its_greys(project):
    grey = Image.new("I;16", (900, 300), 0x8000)
    buffer = BytesIO()
    grey.save(buffer, "PNG")
    project.write("images/a.png", buffer.getvalue())
    project.write_post("a", "![A](/images/a.png)\n")
    project.build(images=True)
    with Image.open(project.out / "images/a.png-480.webp") as copy:
        assert all(abs(channel - 128) < 6 for channel in copy.convert("RGB").getpixel((200, 100)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_a_picture_of_every_mode_has_copies(project, mode):
    buffer = BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    Image.new("RGB", (900, 300), "teal").convert(mode).save(buffer, kind)
    project.write(f"images/a.{kind.lower()}", buffer.getvalue())
    project.write_post("a", f"![A](/images/a.{kind.lower()})\n")
    project.build(images=True)
    assert (project.out / f"images/a.{kind.lower()}-480.avif").is_file()


def test_damaged_and_huge_pictures_are_one_line_each_and_all_are_named(project, capsys):
    photo = create_photo()
    project.write("images/cut.jpg", photo[: len(photo) // 2])
    project.write("images/cut.png", create_image("PNG")[:-40])
    header = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (20000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    crc = zlib.crc32(header[12:]).to_bytes(4)
    idat = b"IDAT" + zlib.compress(b"\0")
    project.write("images/huge.png", header + crc + (len(idat) - 4).to_bytes(4) + idat + zlib.crc32(idat).to_bytes(4))
    project.write_post("a", "![A](/images/cut.jpg)\n\n![B](/images/cut.png)\n\n![C](/images/huge.png)\n")
    arguments = [
        "build",
        "--root",
        str(project.root),
        "--out",
        str(project.out),
        "--cache",
        str(project.cache),
        "--images",
    ]
    assert main(arguments) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == ["images/cut.jpg", "images/cut.png", "images/huge.png"]
    assert "damaged" in lines[0] and "damaged" in lines[1] and "50,000,000" in lines[2] and len(lines) == 4


MAGIC = [b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP", b"\0\0\0\x20ftypavif", b"GIF89a"]


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=80), st.sampled_from(MAGIC))
def test_no_bytes_break_the_readers_of_pictures(data, magic):
    strip_metadata(magic + data)
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(magic + data)
        file.flush()
        read_info(file.name)
