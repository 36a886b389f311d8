"""Production on one machine: every host of `site.toml`, its names, its certificates, its pages and its service."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import knot_dns as name_server
from fake_production import edge, hosts, zone
from fake_production.authority import Authority
from fake_production.edge import Edge
from fake_production.service import Service

from blog.site import build_site
from crm import migrate
from ops.bloghost.cli import prepare
from ops.cli import CliOutput
from ops.dev.static_server import serve_folder
from ops.dns.records import Record
from ops.verify.target import Target, load_target
from shared import embedded_postgres, site_config

DATABASE = "production"
SITE_FILE = "system/site.toml"
FACTS = Path(__file__).parents[1] / "octatech.toml"


class FakeProduction:
    """`file` and `target` are what `ops verify` needs. `restore` takes back whatever a test has broken."""

    def __init__(
        self,
        folder: Path,
        facts: site_config.SiteConfig,
        authority: Authority,
        front: Edge,
        knot: name_server.KnotServer,
        service: Service,
    ) -> None:
        self.folder, self.facts = folder, facts
        self.authority, self.edge, self.knot, self.service = authority, front, knot, service
        self.file = folder / "rehearsal.toml"
        self._certificates = dict(front.certificates)
        self._hosts = dict(front.hosts)
        self._write()
        self.load_zone()

    def load_zone(self, records: Sequence[Record] | None = None, more: str = "") -> None:
        """Loads these records, or the right ones, and more lines of a zone file."""
        right = zone.list_records(self.facts)
        self.knot.load(self.facts.zone, f"{zone.format_zone(right if records is None else records)}\n{more}")
        for parent, labels in zone.list_foreign_hosts(self.facts, right).items():
            self.knot.load(parent, "\n".join(f"{label} A 192.0.2.1" for label in labels))
        self._zone_changed = records is not None or bool(more)

    @property
    def target(self) -> Target:
        return load_target(str(self.file), {})

    @property
    def environ(self) -> dict[str, str]:
        """The variables of `ops verify` beside the service: its keys, never the database."""
        return {name: self.service.environ[name] for name in ("PATH", "SYNTHETIC_KEY", "METRICS_TOKEN")}

    def restore(self) -> None:
        self.edge.certificates = dict(self._certificates)
        self.edge.hosts = dict(self._hosts)
        self.edge.alter = lambda request, response: response
        if self._zone_changed:
            self.load_zone()
        self.edge.lowest, self.edge.highest = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

    def _write(self) -> None:
        self.authority.write(self.folder / "authority.pem")
        self.file.write_text(
            f"""
            site_file = "{SITE_FILE}"
            resolver = "{self.knot.resolver}"
            ca_file = "authority.pem"
            controls = ["127.0.0.1:{self.edge.secure_port}"]
            [connect]
            "*:443" = "127.0.0.1:{self.edge.secure_port}"
            "*:80" = "127.0.0.1:{self.edge.plain_port}"
            [limits]
            memory_mb = 512
            storage_mb = 1024
            """,
            "utf-8",
        )


@contextmanager
def run_fake_production() -> Iterator[FakeProduction]:
    """Runs it for the length of a block and leaves nothing behind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="octatech-production-")))
        facts = site_config.load(_copy_facts(folder))
        cluster = stack.enter_context(embedded_postgres.scratch())
        cluster.create_database(DATABASE)
        migrate.migrate(cluster.dsn(DATABASE))
        service = Service(folder, cluster.dsn(DATABASE), _find_free_port(), facts, SITE_FILE=str(folder / SITE_FILE))
        service.run("seed")
        service.start()
        stack.callback(service.stop)
        commit = service.environ["RAILWAY_GIT_COMMIT_SHA"]
        build_site(folder / SITE_FILE, folder / "dist/site", folder / "cache", commit=commit)
        assert prepare(CliOutput(), folder / "blog-host", folder / "dist", folder / SITE_FILE) == 0
        site_port = stack.enter_context(serve_folder(folder / "dist/site", 0))
        blog_port = stack.enter_context(serve_folder(folder / "blog-host", 0))
        domains = facts.domains
        authority = Authority()
        front = stack.enter_context(
            edge.serve_edge(
                Edge(
                    {
                        domains.site: hosts.serve_pages(site_port),
                        domains.www: hosts.redirect_to(domains.site),
                        domains.blog: hosts.serve_pages(blog_port),
                        domains.api: hosts.serve_railway(service.port),
                        domains.crm: hosts.serve_railway(service.port),
                    },
                    # GitHub proves both names of a site with one certificate.
                    {
                        **dict.fromkeys((domains.site, domains.www), authority.issue(domains.site, domains.www)),
                        **{host: authority.issue(host) for host in (domains.blog, domains.api, domains.crm)},
                    },
                )
            )
        )
        knot = stack.enter_context(name_server.run_knot())
        yield FakeProduction(folder, facts, authority, front, knot, service)


def _copy_facts(folder: Path) -> Path:
    """Returns the site file that tests speak of, beside the texts and pages of this repository."""
    there = folder / SITE_FILE
    there.parent.mkdir()
    shutil.copy(FACTS, there)
    (there.parent / "packages").symlink_to(FACTS.parents[3] / "packages")
    return there


def _find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
