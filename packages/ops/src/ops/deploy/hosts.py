"""The public hosts, and which commit each says it serves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import httpx
import msgspec

from house.site import Site
from ops.deploy.plain import plain
from ops.railway.faults import Trouble

PATIENCE_S = 10
NAMES = ("site", "blog", "api", "crm")
COMMIT = re.compile(r"[0-9a-f]{7,40}|")
META = re.compile(r"""<meta\s+name="commit"\s+content="([0-9a-f]*)">""")

Part = Literal["site", "blog", "service"]


class Host(msgspec.Struct, frozen=True):
    """`part` is what is delivered to it: the artifact of the site or the blog, or the service on Railway."""

    name: str
    part: Part
    url: str
    tells: Literal["health", "build", "page"]


class Look(msgspec.Struct, frozen=True):
    """What a host answered: `commit` is empty where it tells none, `fault` where nothing is wrong."""

    host: Host
    commit: str = ""
    answered: bool = True
    fault: str = ""


def of(site: Site, given: Sequence[str] = ()) -> list[Host]:
    """The hosts of `site.toml`; `given` replaces addresses, each as NAME=URL. Raises `Trouble` for another name."""
    instead = _instead(given)
    site_url = instead.get("site", site.url)
    together = site.blog.placement == "path"
    blog_url = instead.get("blog", f"{site_url}/blog" if together else site.blog_url)
    return [
        Host("site", "site", f"{site_url}/build.json", "build"),
        # On the site's own host the blog is part of its artifact; a page of it says so.
        Host("blog", "site", f"{blog_url}/", "page")
        if together
        else Host("blog", "blog", f"{blog_url}/build.json", "build"),
        Host("api", "service", f"{instead.get('api', site.api_url)}/api/v1/health", "health"),
        Host("crm", "service", f"{instead.get('crm', site.crm_url)}/api/v1/health", "health"),
    ]


def look(client: httpx.Client, host: Host) -> Look:
    """Ask one host. Silence and nonsense are answers too."""
    try:
        answer = client.get(host.url, headers={"cache-control": "no-cache"})
        told = _told(host, answer)
    except httpx.HTTPError as fault:
        return Look(host, answered=False, fault=f"does not answer ({type(fault).__name__})")
    except ValueError:
        return Look(host, fault="answers something else than it should")
    if host.tells == "health" and answer.status_code == 503:
        return Look(host, told, fault=f"is not well ({_why(answer)})")
    return Look(host, told) if answer.status_code == 200 else Look(host, fault=f"answers {answer.status_code}")


def _told(host: Host, answer: httpx.Response) -> str:
    if answer.status_code not in (200, 503):
        return ""
    if host.tells == "page":
        found = META.search(answer.text)
        return found[1] if found else ""
    told = answer.json()
    commit = told.get("commit", "") if isinstance(told, dict) else None
    if not (isinstance(commit, str) and COMMIT.fullmatch(commit)):
        raise ValueError("no commit is written so")
    return commit


def _why(answer: httpx.Response) -> str:
    told: Mapping[str, Any] = answer.json()
    parts = [f"{name} {part['state']}" for name, part in told.items() if isinstance(part, dict) and "state" in part]
    bad = [part for part in parts if not part.endswith((" ok", " late", " ahead"))]
    return plain(", ".join(bad), 200) or "no reason given"


def _instead(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for line in given:
        name, _, url = line.partition("=")
        if name not in NAMES or not url.startswith(("https://", "http://")):
            raise Trouble(f"--host takes NAME=URL with one of {', '.join(NAMES)}, not {line}.")
        found[name] = url.rstrip("/")
    return found
