"""Where the system to verify runs: this machine (`local`), the hosts of site.toml (`production`), or what a file says.

Such a file may state any of these; what it leaves out is as in production:

    name = "rehearsal"
    site_file = "site.toml"              # whose facts hold; a path is read from the folder of this file
    resolver = "127.0.0.1:5353"          # asked about names, instead of the zone's own servers; several with commas
    ca_file = "authority.pem"            # trusted besides the machine's own authorities
    controls = ["127.0.0.1:7"]           # asked whether there is a network, instead of public resolvers

    [connect]                            # as curl's --connect-to: where connections to a host really go
    "example.org:443" = "127.0.0.1:8443"
    "*:80" = "127.0.0.1:8080"            # any host without a line of its own

    [urls]                               # without a final slash: site, www, blog_host, blog, api, crm
    api = "https://api.staging.example"

    [limits]                             # what the hosting plan gives, in MB of 1024² bytes
    memory_mb = 512
    storage_mb = 1024
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ops.cli import UsageError
from ops.cli.network import CONTROLS
from ops.dev import runtime_file
from shared import site_config

LOCAL, PRODUCTION = "local", "production"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    memory_mb: int | None = None
    storage_mb: int | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """URLs end without a slash and are empty where the target has no such host.

    `advice` is what to do when no host answers. `connect` maps `host:port` to another `host:port`.
    """

    name: str
    facts: site_config.SiteConfig
    local: bool = False
    site_url: str
    www_url: str = ""
    blog_host_url: str = ""
    blog_url: str
    api_url: str
    crm_url: str
    advice: str
    resolver: str = ""
    ca_file: Path | None = None
    controls: Sequence[tuple[str, int]] = CONTROLS
    connect: Mapping[str, str] = {}
    limits: Limits = Limits()

    def route(self, host: str, port: int) -> tuple[str, int]:
        """Returns where a connection to this host really goes."""
        address = self.connect.get(f"{host}:{port}") or self.connect.get(f"*:{port}")
        return _split(address) if address else (host, port)

    @property
    def is_on_this_machine(self) -> bool:
        """Only such a target is asked until it refuses, and no visitor writes to it meanwhile."""
        return self.local or (bool(self.connect) and all(_is_loopback(each) for each in self.connect.values()))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    site_file: str = ""
    resolver: str = ""
    ca_file: str = ""
    controls: Sequence[str] = ()
    connect: dict[str, str] = {}
    urls: dict[Literal["site", "www", "blog_host", "blog", "api", "crm"], str] = {}
    limits: Limits = Limits()


def load_target(name: str, environ: Mapping[str, str]) -> Target:
    """Returns the target of `local`, `production` or the path of a file. Raises `UsageError`."""
    try:
        if name == LOCAL:
            return _load_local(environ)
        if name == PRODUCTION:
            return _load_production(site_config.load())
    except site_config.SiteConfigError as error:
        raise UsageError(str(error)) from error
    return _load_file(Path(name))


def _load_local(environ: Mapping[str, str]) -> Target:
    """Ports come from the variables, else from the file of the running system, else they are the usual ones."""
    noted = runtime_file.read_runtime_file(environ)
    site_url = f"http://localhost:{environ.get('SITE_PORT') or noted.get('site_port', '8080')}"
    crm_url = f"http://localhost:{environ.get('CRM_PORT') or noted.get('crm_port', '8000')}"
    return Target(
        name=LOCAL, facts=site_config.load(), local=True, site_url=site_url, blog_url=f"{site_url}/blog",
        api_url=crm_url, crm_url=crm_url, advice="Start the system with `make run`.",
    )  # fmt: skip


def _load_production(facts: site_config.SiteConfig) -> Target:
    return Target(
        name=PRODUCTION, facts=facts, site_url=facts.url, www_url=f"https://{facts.domains.www}",
        blog_host_url=f"https://{facts.domains.blog}", blog_url=facts.blog_url, api_url=facts.api_url,
        crm_url=facts.crm_url, advice="Fix what fails in DNS and TLS first, then look at the host.",
    )  # fmt: skip


def _load_file(path: Path) -> Target:
    """Raises `UsageError` with the file and the wrong key."""
    try:
        given = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        usual = _load_production(site_config.load(path.parent / given.site_file if given.site_file else None))
    except FileNotFoundError as error:
        raise UsageError(f"No target {path}. Name `{LOCAL}`, `{PRODUCTION}`, or a file that exists.") from error
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        msgspec.ValidationError,
        site_config.SiteConfigError,
    ) as error:
        raise UsageError(f"{path}: {error}") from error
    for address in (*given.connect.values(), *given.controls):
        if not address.rpartition(":")[2].isdecimal():
            raise UsageError(f"{path}: {address!r} is not a host and port, such as 127.0.0.1:8443.")
    urls = {f"{name}_url": url.rstrip("/") for name, url in given.urls.items() if url}
    return msgspec.structs.replace(
        usual,
        name=given.name or path.stem,
        resolver=given.resolver,
        ca_file=path.parent / given.ca_file if given.ca_file else None,
        controls=[_split(each) for each in given.controls] or CONTROLS,
        connect=given.connect,
        limits=given.limits,
        **urls,
    )


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(_split(address)[0]).is_loopback
    except ValueError:
        return False
