"""Production on one machine: every host of `site.toml`, its names, its certificates, its pages and its service."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import knot as name_server
from lookalike import edge, hosts, zone
from lookalike.authority import Authority
from lookalike.edge import Edge
from lookalike.service import Service

from blog.site import build_site
from crm import migrate
from house import postgres, site
from ops.bloghost.cli import prepare
from ops.cli import CliOutput
from ops.dev.static_server import serve_folder
from ops.dns.records import Record
from ops.verify import target
from ops.verify.target import Target

DATABASE = "lookalike"
HOUSE = "house/site.toml"
FACTS = Path(__file__).parents[1] / "octatech.toml"


class LookAlike:
    """`file` and `target` tell `ops verify` the way. `mend` takes back whatever a test has broken."""

    def __init__(
        self,
        folder: Path,
        facts: site.Site,
        authority: Authority,
        front: Edge,
        knot: name_server.Knot,
        service: Service,
    ) -> None:
        self.folder, self.facts = folder, facts
        self.authority, self.edge, self.knot, self.service = authority, front, knot, service
        self.file = folder / "lookalike.toml"
        self._certificates = dict(front.certificates)
        self._hosts = dict(front.hosts)
        self._write()
        self.named()

    def named(self, records: Sequence[Record] | None = None, more: str = "") -> None:
        """The zone holds these records, or those that it should, and more lines of a zone file."""
        right = zone.records(self.facts)
        self.knot.load(self.facts.zone, f"{zone.text(right if records is None else records)}\n{more}")
        for parent, labels in zone.elsewhere(self.facts, right).items():
            self.knot.load(parent, "\n".join(f"{label} A 192.0.2.1" for label in labels))
        self._renamed = records is not None or bool(more)

    @property
    def target(self) -> Target:
        return target.of_file(self.file)

    @property
    def environ(self) -> dict[str, str]:
        """What `ops verify` is told in the house's own surroundings: the keys, never the database."""
        return {name: self.service.environ[name] for name in ("PATH", "SYNTHETIC_KEY", "METRICS_TOKEN")}

    def mend(self) -> None:
        self.edge.certificates = dict(self._certificates)
        self.edge.hosts = dict(self._hosts)
        self.edge.alter = lambda asked, answer: answer
        if self._renamed:
            self.named()
        self.edge.lowest, self.edge.highest = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

    def _write(self) -> None:
        self.authority.keep(self.folder / "authority.pem")
        self.file.write_text(
            f"""
            site_file = "{HOUSE}"
            resolver = "{self.knot.resolver}"
            ca_file = "authority.pem"
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
def standing() -> Iterator[LookAlike]:
    """Up within a few seconds, and gone without a trace at the end of the block."""
    with ExitStack() as life:
        folder = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="octatech-lookalike-")))
        facts = site.load(_house(folder))
        cluster = life.enter_context(postgres.scratch())
        cluster.create_database(DATABASE)
        migrate.migrate(cluster.dsn(DATABASE))
        service = Service(folder, cluster.dsn(DATABASE), _free_port(), facts, SITE_FILE=str(folder / HOUSE))
        service.run("seed")
        service.start()
        life.callback(service.stop)
        commit = service.environ["RAILWAY_GIT_COMMIT_SHA"]
        build_site(folder / HOUSE, folder / "dist/site", folder / "cache", commit=commit)
        assert prepare(CliOutput(), folder / "blog-host", folder / "dist", folder / HOUSE) == 0
        site_port = life.enter_context(serve_folder(folder / "dist/site", 0))
        blog_port = life.enter_context(serve_folder(folder / "blog-host", 0))
        domains = facts.domains
        authority = Authority()
        front = life.enter_context(
            edge.standing(
                Edge(
                    {
                        domains.site: hosts.pages(site_port),
                        domains.www: hosts.elsewhere(domains.site),
                        domains.blog: hosts.pages(blog_port),
                        domains.api: hosts.railway(service.port),
                        domains.crm: hosts.railway(service.port),
                    },
                    # GitHub proves both names of a site with one certificate.
                    {
                        **dict.fromkeys((domains.site, domains.www), authority.certified(domains.site, domains.www)),
                        **{host: authority.certified(host) for host in (domains.blog, domains.api, domains.crm)},
                    },
                )
            )
        )
        knot = life.enter_context(name_server.running())
        yield LookAlike(folder, facts, authority, front, knot, service)


def _house(folder: Path) -> Path:
    """The facts that tests speak of, beside the words and pages of this repository."""
    there = folder / HOUSE
    there.parent.mkdir()
    shutil.copy(FACTS, there)
    (there.parent / "packages").symlink_to(FACTS.parents[3] / "packages")
    return there


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
