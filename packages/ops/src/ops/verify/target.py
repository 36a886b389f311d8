"""Where the house to be verified stands: this machine, production, or what a file says.

    ops verify --target local            what `make run` brought up
    ops verify --target production       the hosts of site.toml
    ops verify --target rehearsal.toml   the hosts of site.toml, reached another way

Such a file may state any of these; what it leaves out is as in production:

    name = "rehearsal"
    site_file = "site.toml"              # whose facts hold; a path is read from where the file lies
    resolver = "127.0.0.1:5353"          # asked about names, instead of the zone's own; several with commas between
    ca_file = "authority.pem"            # trusted besides the machine's own authorities

    [connect]                            # as curl's --connect-to: where connections to a host really go
    "example.org:443" = "127.0.0.1:8443"
    "*:80" = "127.0.0.1:8080"            # any host without a line of its own

    [urls]                               # addresses without a final slash: site, www, blog_host, blog, api, crm
    api = "https://api.staging.example"

    [limits]                             # what the hosting plan gives
    memory_mb = 512
    storage_mb = 1024
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from house import site
from ops.dev import runtime_file

LOCAL, PRODUCTION = "local", "production"


class BadTarget(Exception):
    """The target is no such name or file, or the file states what cannot be; the message says what to do."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the hosting plan gives, in MB of 1024² bytes; None where nobody says."""

    memory_mb: int | None = None
    storage_mb: int | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses without a final slash, empty where the target has no such host. `start` is what to do in silence.

    `resolver` is `address:port`, empty for the zone's own servers. `connect` leads `host:port` to another `host:port`.
    """

    name: str
    facts: site.Site
    local: bool = False
    site_url: str
    www_url: str = ""
    blog_host_url: str = ""
    blog_url: str
    api_url: str
    crm_url: str
    start: str
    resolver: str = ""
    ca_file: Path | None = None
    connect: Mapping[str, str] = {}
    limits: Limits = Limits()

    def reached(self, host: str, port: int) -> tuple[str, int]:
        """Where a connection to this host really goes."""
        there = self.connect.get(f"{host}:{port}") or self.connect.get(f"*:{port}")
        if not there:
            return host, port
        name, _, number = there.rpartition(":")
        return name.strip("[]"), int(number)


class _Urls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    site: str = ""
    www: str = ""
    blog_host: str = ""
    blog: str = ""
    api: str = ""
    crm: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    site_file: str = ""
    resolver: str = ""
    ca_file: str = ""
    connect: dict[str, str] = {}
    urls: _Urls = _Urls()
    limits: Limits = Limits()


def named(what: str, environ: Mapping[str, str]) -> Target:
    """`local`, `production` or the path of a file. Raises `BadTarget`."""
    try:
        if what == LOCAL:
            return local(environ)
        if what == PRODUCTION:
            return production(site.load())
    except site.BadSite as fault:
        raise BadTarget(str(fault)) from fault
    return of_file(Path(what))


def local(environ: Mapping[str, str]) -> Target:
    """The house that `make run` brought up: ports from the variables, else as it noted them, else the usual ones."""
    noted = runtime_file.read_runtime_file(environ)
    site_port = environ.get("SITE_PORT") or noted.get("site_port", "8080")
    crm_url = f"http://localhost:{environ.get('CRM_PORT') or noted.get('crm_port', '8000')}"
    site_url = f"http://localhost:{site_port}"
    return Target(
        name=LOCAL, facts=site.load(), local=True, site_url=site_url, blog_url=f"{site_url}/blog", api_url=crm_url,
        crm_url=crm_url, start="Start the house with `make run`.",
    )  # fmt: skip


def production(facts: site.Site) -> Target:
    """The hosts of `site.toml`, and nothing that it does not state."""
    return Target(
        name=PRODUCTION, facts=facts, site_url=facts.url, www_url=f"https://{facts.domains.www}",
        blog_host_url=f"https://{facts.domains.blog}", blog_url=facts.blog_url, api_url=facts.api_url,
        crm_url=facts.crm_url, start="Mend what is red in DNS and TLS first, then look at the host.",
    )  # fmt: skip


def of_file(path: Path) -> Target:
    """Raises `BadTarget` with the file and the faulty key."""
    try:
        told = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        usual = production(site.load(path.parent / told.site_file if told.site_file else None))
    except FileNotFoundError as fault:
        raise BadTarget(f"No target {path}. Name `{LOCAL}`, `{PRODUCTION}`, or a file that is there.") from fault
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, site.BadSite) as fault:
        raise BadTarget(f"{path}: {fault}") from fault
    faulty = [there for there in told.connect.values() if not there.rpartition(":")[2].isdecimal()]
    if faulty:
        raise BadTarget(f"{path}: {faulty[0]!r} in [connect] is no host and port, such as 127.0.0.1:8443.")
    urls = {
        f"{name}_url": url.rstrip("/") for name, url in msgspec.structs.asdict(told.urls).items() if url
    }  # fmt: skip
    return msgspec.structs.replace(
        usual,
        name=told.name or path.stem,
        resolver=told.resolver,
        ca_file=path.parent / told.ca_file if told.ca_file else None,
        connect=told.connect,
        limits=told.limits,
        **urls,
    )
