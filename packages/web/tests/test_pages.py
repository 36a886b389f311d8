"""What the built pages hold, read as text."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from blog import house
from shared import enquiry_form, site_config
from shared.design import contrast, tokens

from .conftest import HOUSE

WEB = Path(__file__).resolve().parents[1]
PAGES = ["index.html", "privacy.html", "terms.html", "thanks.html", "404.html"]
KILOBYTE = 1000
SCRIPTS = ("enquiry.js", "waiting.js")


def words(name: str) -> dict[str, Any]:
    return tomllib.loads((WEB / "content" / f"{name}.toml").read_text(encoding="utf-8"))


def told(name: str) -> dict[str, Any]:
    """The words as they are published, with the facts filled in."""
    filled: dict[str, Any] = house.fill(words(name), house.placeholders(site_config.load()))
    return filled


def control(html: str, name: str) -> str:
    """The opening tag of the field of this name."""
    found = re.search(rf'<(?:input|select|textarea)\b[^>]*\bname="{name}"[^>]*>', html)
    assert found, f"The form has no field {name!r}."
    return found[0]


def compressed(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


@pytest.fixture
def index(built: Path) -> str:
    return (built / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", enquiry_form.FIELDS, ids=lambda field: field.name)
def test_the_form_shows_every_field_of_the_schema(index: str, field: enquiry_form.Field) -> None:
    tag = control(index, field.name)
    assert f'<label for="{field.name}">{field.label}' in unescape(index)
    assert (" required" in tag) == field.required
    if field.kind == "select":
        assert all(f'value="{choice.value}">{choice.label}' in unescape(index) for choice in field.choices)
    else:
        assert f'maxlength="{field.limit}"' in tag
    if field.hint:
        assert field.hint in unescape(index)


def test_the_form_has_no_field_beyond_the_schema(index: str) -> None:
    inside = index[index.index("<form") : index.index("</form>")]
    hidden = {"form_version", "page", "commit", "started_at"}
    assert (
        set(re.findall(r'\bname="([^"]+)"', inside))
        == {field.name for field in enquiry_form.FIELDS} | {enquiry_form.HONEYPOT} | hidden
    )


def test_nobody_comes_upon_the_trap_by_accident(index: str) -> None:
    assert 'tabindex="-1"' in control(index, enquiry_form.HONEYPOT)
    before = index[: index.index(f'id="{enquiry_form.HONEYPOT}"')]
    assert 'aria-hidden="true"' in before[before.rindex("<div") :]


def test_the_form_says_which_version_page_and_commit_it_is(index: str, closed_api: str) -> None:
    assert f'name="form_version" value="{enquiry_form.VERSION}"' in index
    assert 'name="page" value="/"' in index
    assert 'name="commit" value="0123456789abcdef"' in index
    assert f'action="{closed_api}/api/leads" method="post"' in index


def test_every_required_field_has_its_own_message() -> None:
    assert set(words("enquiry")["missing"]) == {field.name for field in enquiry_form.FIELDS if field.required}
    assert set(words("enquiry")["wrong"]) == {field.name for field in enquiry_form.FIELDS if field.kind == "email"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_own_title_description_and_one_heading(built: Path, name: str) -> None:
    html = unescape((built / name).read_text(encoding="utf-8"))
    meta = told("meta")["missing" if name == "404.html" else name.removesuffix(".html")]
    assert f"<title>{meta['title']}</title>" in html
    assert f'<meta name="description" content="{meta["description"]}">' in html
    assert html.count("<h1") == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_carries_no_style_or_script_in_its_attributes(built: Path, name: str) -> None:
    html = (built / name).read_text(encoding="utf-8")
    assert re.findall(r'<[^>]+\s(?:style|on\w+)="', html) == []
    assert "Content-Security-Policy" in html
    assert "unsafe" not in html


def test_the_landing_page_keeps_its_budget(built: Path) -> None:
    page, scripts = built / "index.html", [built / "assets" / name for name in SCRIPTS]
    font, icon = built / "assets" / "display.woff2", built / "favicon.svg"
    assert compressed(page) <= 14 * 1024
    assert compressed(page, *scripts, font, icon) <= 60 * KILOBYTE


def test_figures_on_the_page_are_true(built: Path, index: str) -> None:
    rows = {row["id"]: row["value"] for row in words("proof")["rows"]}
    said = {name: int(value.removeprefix("under ").removesuffix(" KB")) for name, value in rows.items()}
    scripts = [built / "assets" / name for name in SCRIPTS]
    rest = [built / "assets" / "display.woff2", built / "favicon.svg"]
    inline = "".join(re.findall(r'<script(?: type="module")?>(.*?)</script>', index, flags=re.DOTALL))
    assert compressed(built / "index.html", *scripts, *rest) < said["weight"] * KILOBYTE
    assert compressed(*scripts) + len(gzip.compress(inline.encode())) < said["script"] * KILOBYTE
    assert all(unescape(value) in unescape(index) for value in rows.values())


def test_who_shares_the_site_shows_its_own_words(built: Path, index: str) -> None:
    assert f'<meta property="og:image" content="{site_config.load().url}/cards/site.png">' in index
    card = (built / "cards" / "site.png").read_bytes()
    assert card.startswith(b"\x89PNG") and card != (built / "blog" / "cards" / "index.png").read_bytes()


def test_browsers_color_their_frame_like_the_page(index: str) -> None:
    for theme, colors in tokens.read().items():
        shade = contrast.hexadecimal(contrast.parse(colors["paper"]))
        assert f'content="{shade}" media="(prefers-color-scheme: {theme})"' in index


def test_files_of_the_root_tell_the_facts(built: Path) -> None:
    facts = site_config.load()
    assert (built / "CNAME").read_text(encoding="utf-8").strip() == facts.domains.site
    security = (built / ".well-known" / "security.txt").read_text(encoding="utf-8")
    assert "{" not in security
    assert f"Contact: mailto:{facts.organization.email}" in security
    assert f"Canonical: {facts.url}/.well-known/security.txt" in security
    assert facts.links.source in security


def test_the_footer_links_the_status_page_where_there_is_one(built: Path, index: str, tmp_path: Path) -> None:
    assert site_config.load(HOUSE / "site.toml").uptime.status_page == ""
    status = tomllib.loads((WEB / "content/shell.toml").read_text(encoding="utf-8"))["footer"]["status"]
    assert f">{status}</a>" not in index
    (tmp_path / "packages").symlink_to(HOUSE / "packages")
    facts = (HOUSE / "site.toml").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(facts.replace('status_page = ""', 'status_page = "https://status.example/"'))
    command = [sys.executable, "-m", "blog", "site", "--site", "site.toml", "--api", "http://127.0.0.1:9"]
    subprocess.run([*command, "--out", "out", "--cache", str(built.parent / "cache")], check=True, cwd=tmp_path)
    for name in ("index.html", "blog/index.html"):
        page = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert f'<a href="https://status.example/">{status}</a>' in page[page.index("<footer") :]
