"""The facts about the organization, read from `site.toml`."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

FILE_NAME = "site.toml"


class SiteConfigError(ValueError):
    """`site.toml` is missing or states something that cannot be."""


class Organization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    legal_name: str
    tagline: str
    email: str
    language: str
    time_zone: str
    currency: str
    founded: int

    @property
    def sender(self) -> str:
        """Who mail is from, as a mail header and Resend read it; in quotes where the name needs them (RFC 5322)."""
        plain = all(letter.isalnum() or letter in " &'+-!" for letter in self.name)
        name = self.name if plain else '"' + self.name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{self.email}>"


class Domains(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    site: str
    www: str
    blog: str
    api: str
    crm: str


class Repository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    owner: str
    name: str
    branch: str


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`blog_repository` is a second one of `owner`: GitHub Pages serves one site for each repository."""

    owner: str
    host: str
    blog_repository: str


class Blog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    description: str
    placement: Literal["path", "subdomain"]
    posts_per_page: int
    author: str


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    booking: str
    source: str


class Uptime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the uptime provider measures, and where it shows it.

    `objective` is in percent. `interval_s` is the time between two checks of a monitor. `expiry_days` is how early a
    certificate or a domain that ends is reported; 0 leaves it out. `heartbeats` are those of scheduled jobs.
    `status_page` is the URL of the provider's page; nothing links to it where it is empty.
    """

    objective: Annotated[float, msgspec.Meta(gt=0, lt=100)] = 99.9
    interval_s: Annotated[int, msgspec.Meta(ge=30, le=3600)] = 300
    expiry_days: Literal[0, 7, 14, 30] = 14
    heartbeats: bool = True
    status_page: Annotated[str, msgspec.Meta(pattern=r"^(https://[^\s/]+\S*)?$")] = ""


class Analytics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who counts visits, nobody where `provider` is empty. `host` is an installation of one's own, `key` PostHog's."""

    provider: Literal["", "plausible", "posthog"] = ""
    host: Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?)?$")] = ""
    key: Annotated[str, msgspec.Meta(pattern=r"^\w*$")] = ""

    def __post_init__(self) -> None:
        if self.provider == "posthog" and not self.key:
            raise ValueError("`analytics.key` is needed for PostHog: the key of the project, which begins with phc_.")

    @property
    def name(self) -> str:
        return {"": "", "plausible": "Plausible", "posthog": "PostHog"}[self.provider]

    @property
    def url(self) -> str:
        """Where counts are sent, without a final slash; empty where nobody counts."""
        usual = {"": "", "plausible": "plausible.io", "posthog": "eu.i.posthog.com"}[self.provider]
        return f"https://{self.host or usual}" if self.provider else ""


class DnsRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is relative to the zone, `@` the zone itself; `values` as in a zone file, TXT as plain text.

    Without values it is awaited: `source` says who tells them.
    """

    name: str
    type: str
    values: tuple[str, ...] = ()
    source: str = ""


class TeamMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person on the landing page. `portrait` is a file of `packages/web/static`, as a URL path: `/team/ada.jpg`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    role: Annotated[str, msgspec.Meta(max_length=120)] = ""
    portrait: Annotated[str, msgspec.Meta(pattern=r"^(/[\w-]+(\.[\w-]+)*)*$")] = ""
    link: Annotated[str, msgspec.Meta(pattern=r"^(https://[^\s/]+\S*)?$")] = ""

    @property
    def initials(self) -> str:
        """The first letters of the first and the last word, shown without a portrait."""
        words = self.name.split()
        return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper() if words else ""


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`live` is true once everything is in production. Until then, scheduled workflows do nothing."""

    live: bool = False


class Dns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who serves the names, and what is in the zone beside what Pages and Railway ask for.

    `zone` is that of the site where it is empty; `authorities` may issue certificates; `dmarc` is what receivers do
    with mail that is not ours.
    """

    provider: Literal["cloudflare", "rfc2136"] = "cloudflare"
    zone: str = ""
    ttl_s: Annotated[int, msgspec.Meta(ge=120, le=86400)] = 300
    authorities: tuple[str, ...] = ("letsencrypt.org",)
    dmarc: Literal["none", "quarantine", "reject"] = "none"
    records: tuple[DnsRecord, ...] = ()


class SiteConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organization: Organization
    domains: Domains
    repository: Repository
    pages: Pages
    blog: Blog
    links: Links
    uptime: Uptime = Uptime()
    analytics: Analytics = Analytics()
    dns: Dns = Dns()
    team: tuple[TeamMember, ...] = ()
    system: System = System()

    @property
    def zone(self) -> str:
        """The DNS zone that the hosts are in, without a final dot."""
        return self.dns.zone or self.domains.site

    @property
    def url(self) -> str:
        """Address of the landing page, without a final slash."""
        return f"https://{self.domains.site}"

    @property
    def blog_url(self) -> str:
        """Address of the blog, without a final slash; its place follows `blog.placement`."""
        return f"{self.url}/blog" if self.blog.placement == "path" else f"https://{self.domains.blog}"

    @property
    def api_url(self) -> str:
        return f"https://{self.domains.api}"

    @property
    def crm_url(self) -> str:
        return f"https://{self.domains.crm}"


def find(start: Path | None = None) -> Path:
    """Path of `site.toml`: the variable `SITE_FILE`, or the nearest one at or above `start` (default: here).

    Raises `SiteConfigError` when there is none.
    """
    named = os.environ.get("SITE_FILE")
    if named:
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SiteConfigError(
        f"No {FILE_NAME} at or above {here}. Run this inside the repository, or name the file in SITE_FILE."
    )


def load(path: Path | None = None) -> SiteConfig:
    """Read the facts. Raises `SiteConfigError` with the file and the faulty key."""
    source = path or find()
    try:
        raw = tomllib.loads(source.read_text(encoding="utf-8"))
        return msgspec.convert(raw, SiteConfig)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SiteConfigError(f"{source}: {error}") from error
