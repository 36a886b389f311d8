"""The status page: the document drawn as HTML, in the frame of the landing page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from blog import house
from blog.policy import seal
from blog.settings import of_site
from blog.theme import Theme
from house.site import Site
from ops.uptime import drawing
from ops.uptime.faults import Trouble
from ops.uptime.spans import MINUTE_MS
from ops.uptime.status import Status, document

TEMPLATES = Path(__file__).with_name("templates")
STALE_MS = 30 * MINUTE_MS
"""Publishing and caching on Pages take up to ten minutes each; what is older than this was not renewed."""


class NoFrame(Trouble):
    """The landing page's frame is not where the repository has it; the message says where it was sought."""


def html(status: Status, site: Site, root: Path) -> str:
    """The page, sealed by its own content policy. `root` is the repository, whose frame it wears. Raises `NoFrame`."""
    frame = root / "packages" / "web"
    if not (frame / "partials" / "shell.html").is_file():
        raise NoFrame(f"The frame of the site is not in {frame}. Run this from a checkout of the repository.")
    theme = Theme([str(TEMPLATES), str(frame / "partials")])
    return seal(theme.render("status.html", {**_frame(site, frame), **drawing.view(status, STALE_MS)}))


def write(status: Status, site: Site, root: Path, folder: Path) -> list[Path]:
    """Write `index.html` and `status.json`; a reader sees the former or the new one, never half of it."""
    made = {"status.json": document(status), "index.html": html(status, site, root).encode()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        unfinished = folder / f".{name}"
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)
    return [folder / name for name in made]


def _frame(site: Site, web: Path) -> dict[str, Any]:
    settings = of_site(site)
    inside = site.blog.placement == "path"
    link = settings.path if inside else settings.absolute
    return {
        "site": site,
        "words": house.words(str(web / "content"), site),
        "language": site.organization.language,
        "home": "/",
        "page_path": site.uptime.path,
        "canonical": site.status_url,
        "commit": "",
        "blog_path": link("/"),
        "blog": {"rss": link("/rss.xml")},
    }
