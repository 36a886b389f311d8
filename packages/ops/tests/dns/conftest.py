from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fake_cloudflare import FakeCloudflare, run_fake_cloudflare
from knot_dns import KEY_NAME, KEY_SECRET, KnotServer
from typer.testing import CliRunner

from ops.dns.cli import cli
from shared import site_config
from shared.site_config import SiteConfig

ZONE = "octatech.xyz"
FACTS = Path(__file__).parents[1] / "octatech.toml"
# A value for everything that is awaited.
GIVEN = """
[[dns.records]]
name = "api"
type = "CNAME"
values = ["g05ns7.up.railway.app."]
[[dns.records]]
name = "_railway-verify.api"
type = "TXT"
values = ["railway-verify=api"]
[[dns.records]]
name = "crm"
type = "CNAME"
values = ["h16ot8.up.railway.app."]
[[dns.records]]
name = "_railway-verify.crm"
type = "TXT"
values = ["railway-verify=crm"]
[[dns.records]]
name = "_github-pages-challenge-galer7"
type = "TXT"
values = ["0123456789abcdef"]
[[dns.records]]
name = "send"
type = "MX"
values = ["10 feedback-smtp.eu-west-1.amazonses.com."]
[[dns.records]]
name = "resend._domainkey"
type = "TXT"
values = ["p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"]
"""


class Result(NamedTuple):
    """What a command printed, and its status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class DnsCommand:
    """`ops dns` with a site and variables of its own."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.file = folder / site_config.FILE_NAME
        self.file.write_text(FACTS.read_text() + GIVEN)
        self.environ = {"SITE_FILE": str(self.file), "RAILWAY_TOKEN": "", "COLUMNS": "240", **environ}
        self.resolver = ""

    def facts(self) -> SiteConfig:
        return site_config.load(self.file)

    def change(self, old: str, new: str) -> None:
        text = self.file.read_text()
        assert old in text, f"site.toml has no {old!r} to change"
        self.file.write_text(text.replace(old, new))

    def record(self, name: str, kind: str, *values: str) -> None:
        """One more set in site.toml."""
        text = f"name = {json.dumps(name)}\ntype = {json.dumps(kind)}\nvalues = {json.dumps(values)}\n"
        self.file.write_text(f"{self.file.read_text()}\n[[dns.records]]\n{text}")

    def run(self, *words: str, typed: str = "") -> Result:
        resolver = ["--resolver", self.resolver] if self.resolver and words[0] != "export" else []
        result = CliRunner().invoke(cli, [*words, *resolver], input=typed, env=self.environ)
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        return Result(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def dns_command(tmp_path: Path, knot: KnotServer) -> DnsCommand:
    """Of a zone that a real name server keeps, and that is empty."""
    knot.load(ZONE)
    key = f"hmac-sha256:{KEY_NAME.rstrip('.')}:{KEY_SECRET}"
    command = DnsCommand(tmp_path, DNS_SERVER=knot.resolver, DNS_KEY=key)
    command.change('provider = "cloudflare"', 'provider = "rfc2136"')
    command.resolver = knot.resolver
    return command


@pytest.fixture
def applied(dns_command: DnsCommand, knot: KnotServer) -> DnsCommand:
    """As `dns_command`, with everything applied."""
    assert dns_command.run("apply", "--yes").status == 0
    return dns_command


@pytest.fixture
def cloudflare() -> Iterator[FakeCloudflare]:
    with run_fake_cloudflare(FakeCloudflare()) as running:
        yield running
