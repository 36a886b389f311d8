"""Rewrites the HTML that authors write into Markdown: pictures, films and players of other sites.

A player is loaded only after a click, because it tells its host who reads the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from blog.images import SiteImage

NEEDED = re.compile(r"<(?:a|area|audio|embed|iframe|img|object|source|track|video)\s", re.IGNORECASE)
"""Markdown without a match has no HTML that this module would change."""

_ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_TAG = re.compile(rf"<(a|area|audio|embed|img|object|source|track|video)(\s{_ATTRIBUTES})>", re.IGNORECASE)
_IFRAME = re.compile(rf"<iframe(\s{_ATTRIBUTES})>(.*?)</iframe\s*>", re.IGNORECASE | re.DOTALL)
_MARKDOWN_IMAGE = re.compile(r'<img src="[^"]*" alt="[^"]*"(?: title="[^"]*")? />')
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_URL_ATTRIBUTES = {"src", "poster", "data"}
_CANDIDATE = re.compile(r"\s*(\S*[^\s,])(\s+[\d.]+[wx])?\s*(?:,\s*|$)")
_YOUTUBE = re.compile(r"(?:www\.|m\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be)")
_ID = re.compile(r"[\w-]{6,}")

Report = Callable[[str, str], None]
"""Receives a warning and the text of the source that it is about."""


def parse_attributes(text: str) -> dict[str, str | None]:
    """Returns the attributes of a tag with their values unescaped. The first of a name wins, as in a browser."""
    attributes: dict[str, str | None] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = next((group for group in match.groups()[1:] if group is not None), None)
        attributes.setdefault(match[1].lower(), value if value is None else unescape(value))
    return attributes


def write_tag(name: str, attributes: Mapping[str, str | None]) -> str:
    """Returns an opening tag."""
    written = [key if value is None else f'{key}="{escape(value)}"' for key, value in attributes.items()]
    return f"<{' '.join([name, *written])}>"


def rewrite_html(
    html: str,
    *,
    resolve_link: Callable[[str], str],
    find_image: Callable[[str], SiteImage | None],
    report: Report,
    strings: Mapping[str, str],
    image_hosts: tuple[str, ...] = (),
) -> str:
    """Returns the markup with published URLs, sizes of own pictures, and links instead of players of other sites."""

    def replace(match: re.Match[str]) -> str:
        name = match[1].lower()
        if _MARKDOWN_IMAGE.fullmatch(match[0]):
            return match[0]
        attributes = parse_attributes(match[2])
        if name in {"a", "area"}:
            if attributes.get("href"):
                attributes["href"] = unescape(resolve_link(escape(str(attributes["href"]))))
            return write_tag(match[1], attributes)
        for key in _URL_ATTRIBUTES & attributes.keys():
            url = attributes[key]
            if not url:
                continue
            image = find_image(escape(url))
            if image:
                attributes[key] = unescape(image.url)
                if name == "img" and image.width and not ({"width", "height"} & attributes.keys()):
                    attributes |= {"width": str(image.width), "height": str(image.height)}
            else:
                report_external(url, report, image_hosts)
        if attributes.get("srcset"):
            attributes["srcset"] = _rewrite_srcset(str(attributes["srcset"]), find_image)
        if name == "img":
            attributes.setdefault("loading", "lazy")
        return write_tag(match[1], attributes)

    def replace_iframe(match: re.Match[str]) -> str:
        return render_embed(parse_attributes(match[1]), strings, report) or match[0]

    return _TAG.sub(replace, _IFRAME.sub(replace_iframe, html))


def report_external(url: str, report: Report, image_hosts: tuple[str, ...]) -> None:
    """Warns of a picture or film of another host, which the policy of the page blocks."""
    parts = urlsplit(url if "//" in url[:8] else "")
    if parts.netloc and parts.netloc.lower() not in image_hosts:
        message = (
            f"{url} is on another host, and the page's content security policy blocks it."
            f" Copy the file to images/, or add `{parts.netloc}` to `image_hosts` in blog.toml."
        )
        report(message, url)


def _rewrite_srcset(text: str, find_image: Callable[[str], SiteImage | None]) -> str:
    candidates = []
    for url, size in _CANDIDATE.findall(text):
        image = find_image(escape(url))
        candidates.append((unescape(image.url) if image else url) + size)
    return ", ".join(candidates)


def render_embed(attributes: Mapping[str, str | None], strings: Mapping[str, str], report: Report) -> str:
    """Returns a link that becomes the player when it is clicked. Without a script it opens the player's page.

    Returns an empty text for a frame that shows a page of this site.
    """
    source = (attributes.get("src") or "").strip()
    if source.startswith("//"):
        source = "https:" + source
    parts = urlsplit(source)
    if not parts.netloc:
        return ""
    if parts.scheme not in {"http", "https"}:
        report(f"The frame {source} is not a page of the web. It is left out.", source)
        return " "
    page, player, host = describe_player(source.replace("http:", "https:", 1))
    title = (attributes.get("title") or "").strip()
    label = strings["embed_play_title"].replace("{title}", title) if title else strings["embed_play"]
    note = strings["embed_note"].replace("{host}", host)
    link: dict[str, str | None] = {
        "class": "embed-link",
        "href": page,
        "data-embed": player,
        "data-title": title or host,
    }
    height = (attributes.get("height") or "").removesuffix("px")
    if height.isdigit() and not (attributes.get("width") or "").removesuffix("px").isdigit():
        link["data-height"] = height
    inside = f"<span>{escape(label)}</span> <small>{escape(note)}</small>"
    return f'<figure class="embed">{write_tag("a", link)}{inside}</a></figure>'


def describe_player(url: str) -> tuple[str, str, str]:
    """Returns the page of a player for readers, the URL of the player that tracks least, and the host of the player."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    name = parts.path.rstrip("/").rpartition("/")[2]
    if _YOUTUBE.fullmatch(host) and _ID.fullmatch(name) and name != "videoseries":
        start = parse_qs(parts.query).get("start", [""])[0]
        options = {"autoplay": "1", **({"start": start} if start.isdigit() else {})}
        page = f"https://www.youtube.com/watch?v={name}" + (f"&t={start}s" if start.isdigit() else "")
        return page, f"https://www.youtube-nocookie.com/embed/{name}?{urlencode(options)}", "youtube-nocookie.com"
    if host == "player.vimeo.com" and name.isdigit():
        secret = parse_qs(parts.query).get("h", [""])[0]
        options = {**({"h": secret} if secret.isalnum() else {}), "dnt": "1", "autoplay": "1"}
        page = f"https://vimeo.com/{name}" + (f"/{secret}" if secret.isalnum() else "")
        return page, f"https://player.vimeo.com/video/{name}?{urlencode(options)}", host
    return url, url, host
