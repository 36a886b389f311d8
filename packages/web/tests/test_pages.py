"""The content of the built pages, read as text."""

from __future__ import annotations

import gzip
import re
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from blog.site_pages import fill_placeholders, list_placeholders
from shared import enquiry_form, site_config
from shared.design import contrast, tokens

from .conftest import REPOSITORY, build_site

WEB = Path(__file__).resolve().parents[1]
PAGES = ["index.html", "privacy.html", "terms.html", "thanks.html", "404.html"]
KILOBYTE = 1000
SCRIPTS = ("enquiry.js", "waiting.js")


def load_text(name: str) -> dict[str, Any]:
    return tomllib.loads((WEB / "content" / f"{name}.toml").read_text(encoding="utf-8"))


def load_filled_text(name: str) -> dict[str, Any]:
    """Returns the texts of a file as they are published, with the placeholders filled in."""
    texts: dict[str, Any] = fill_placeholders(load_text(name), list_placeholders(site_config.load()))
    return texts


def find_field(html: str, name: str) -> str:
    """Returns the opening tag of the form field with this name."""
    match = re.search(rf'<(?:input|select|textarea)\b[^>]*\bname="{name}"[^>]*>', html)
    assert match, f"The form has no field {name!r}."
    return match[0]


def measure_compressed(*files: Path) -> int:
    """Returns the size of the files in bytes, each compressed with gzip."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


@pytest.fixture
def index(built_site: Path) -> str:
    return (built_site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", enquiry_form.FIELDS, ids=lambda field: field.name)
def test_the_form_has_every_field_of_the_schema(index: str, field: enquiry_form.Field) -> None:
    tag = find_field(index, field.name)
    assert f'<label for="{field.name}">{field.label}' in unescape(index)
    assert (" required" in tag) == field.required
    if field.kind == "select":
        assert all(f'value="{choice.value}">{choice.label}' in unescape(index) for choice in field.choices)
    else:
        assert f'data-limit="{field.limit}"' in tag
        assert "maxlength" not in tag
    if field.hint:
        assert field.hint in unescape(index)


def test_the_form_has_no_other_field(index: str) -> None:
    form_html = index[index.index("<form") : index.index("</form>")]
    hidden = {"form_version", "page", "commit", "started_at"}
    assert (
        set(re.findall(r'\bname="([^"]+)"', form_html))
        == {field.name for field in enquiry_form.FIELDS} | {enquiry_form.HONEYPOT} | hidden
    )


def test_the_honeypot_is_hidden_from_people(index: str) -> None:
    assert 'tabindex="-1"' in find_field(index, enquiry_form.HONEYPOT)
    before = index[: index.index(f'id="{enquiry_form.HONEYPOT}"')]
    assert 'aria-hidden="true"' in before[before.rindex("<div") :]


def test_the_form_sends_its_version_page_and_commit(index: str, closed_api: str) -> None:
    assert f'name="form_version" value="{enquiry_form.VERSION}"' in index
    assert 'name="page" value="/"' in index
    assert 'name="commit" value="0123456789abcdef"' in index
    assert f'action="{closed_api}/api/leads" method="post"' in index


def test_every_required_field_has_its_own_message() -> None:
    assert set(load_text("enquiry")["missing"]) == {field.name for field in enquiry_form.FIELDS if field.required}
    assert set(load_text("enquiry")["wrong"]) == {field.name for field in enquiry_form.FIELDS if field.kind == "email"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_own_title_description_and_one_heading(built_site: Path, name: str) -> None:
    html = unescape((built_site / name).read_text(encoding="utf-8"))
    meta = load_filled_text("meta")["missing" if name == "404.html" else name.removesuffix(".html")]
    assert f"<title>{meta['title']}</title>" in html
    assert f'<meta name="description" content="{meta["description"]}">' in html
    assert html.count("<h1") == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_inline_style_or_script_attributes(built_site: Path, name: str) -> None:
    html = (built_site / name).read_text(encoding="utf-8")
    assert re.findall(r'<[^>]+\s(?:style|on\w+)="', html) == []
    assert "Content-Security-Policy" in html
    assert "unsafe" not in html


def test_the_landing_page_stays_within_its_size_limit(built_site: Path) -> None:
    page, scripts = built_site / "index.html", [built_site / "assets" / name for name in SCRIPTS]
    font, icon = built_site / "assets" / "display.woff2", built_site / "favicon.svg"
    assert measure_compressed(page) <= 14 * 1024
    assert measure_compressed(page, *scripts, font, icon) <= 60 * KILOBYTE


def test_the_figures_on_the_page_are_correct(built_site: Path, index: str) -> None:
    rows = {row["id"]: row["value"] for row in load_text("proof")["rows"]}
    limits = {name: int(value.removeprefix("under ").removesuffix(" KB")) for name, value in rows.items()}
    scripts = [built_site / "assets" / name for name in SCRIPTS]
    other_files = [built_site / "assets" / "display.woff2", built_site / "favicon.svg"]
    inline = "".join(re.findall(r'<script(?: type="module")?>(.*?)</script>', index, flags=re.DOTALL))
    assert measure_compressed(built_site / "index.html", *scripts, *other_files) < limits["weight"] * KILOBYTE
    assert measure_compressed(*scripts) + len(gzip.compress(inline.encode())) < limits["script"] * KILOBYTE
    assert all(unescape(value) in unescape(index) for value in rows.values())


def test_the_site_has_its_own_social_card(built_site: Path, index: str) -> None:
    assert f'<meta property="og:image" content="{site_config.load().url}/cards/site.png">' in index
    card = (built_site / "cards" / "site.png").read_bytes()
    assert card.startswith(b"\x89PNG") and card != (built_site / "blog" / "cards" / "index.png").read_bytes()


def test_the_theme_color_is_the_color_of_the_page(index: str) -> None:
    for theme, colors in tokens.read().items():
        shade = contrast.hexadecimal(contrast.parse(colors["paper"]))
        assert f'content="{shade}" media="(prefers-color-scheme: {theme})"' in index


def test_root_files_have_the_values_of_site_toml(built_site: Path) -> None:
    config = site_config.load()
    assert (built_site / "CNAME").read_text(encoding="utf-8").strip() == config.domains.site
    security = (built_site / ".well-known" / "security.txt").read_text(encoding="utf-8")
    assert "{" not in security
    assert f"Contact: mailto:{config.organization.email}" in security
    assert f"Canonical: {config.url}/.well-known/security.txt" in security
    assert config.links.source in security


def test_the_footer_links_to_the_status_page_if_there_is_one(built_site: Path, index: str, tmp_path: Path) -> None:
    assert site_config.load(REPOSITORY / "site.toml").uptime.status_page == ""
    status = tomllib.loads((WEB / "content/layout.toml").read_text(encoding="utf-8"))["footer"]["status"]
    assert f">{status}</a>" not in index
    (tmp_path / "packages").symlink_to(REPOSITORY / "packages")
    text = (REPOSITORY / "site.toml").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(text.replace('status_page = ""', 'status_page = "https://status.example/"'))
    out = build_site(tmp_path, tmp_path / "out", built_site.parent / "cache", "--api", "http://127.0.0.1:9")
    for name in ("index.html", "blog/index.html"):
        page = (out / name).read_text(encoding="utf-8")
        assert f'<a href="https://status.example/">{status}</a>' in page[page.index("<footer") :]
