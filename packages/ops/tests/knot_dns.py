"""knot, a real name server on a loopback port of its own: zones are loaded, changed by RFC 2136, transferred, asked."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.tsig
import dns.zone

from shared.embedded_postgres import locks

KEY_NAME = "tests."
KEY_SECRET = "b2YgdGhlIHRlc3RzLCBvZiBubyBvdGhlciBzZXJ2ZXI="
KEY_ALGORITHM = "hmac-sha256"
TIMEOUT_S = 60
PORTS_TRIED = 5


class KnotServer:
    """A running server. `resolver` is its address as `HOST:PORT`; `key` allows updates and transfers of every zone."""

    host = "127.0.0.1"
    key = dns.tsig.Key(KEY_NAME, KEY_SECRET, KEY_ALGORITHM)

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.zones: list[str] = []
        self._configure()
        with (folder / "said").open("w") as said:
            self.process = subprocess.Popen([find_program(), "-c", folder / "knot.conf"], stdout=said, stderr=said)

    @property
    def resolver(self) -> str:
        return f"{self.host}:{self.port}"

    def load(self, zone: str, text: str = "") -> None:
        """Serve `zone` (without a final dot) with the records of `text`, instead of all it had.

        `text` is a zone file relative to the zone, with a TTL of 300 where it says none; SOA and NS are added.
        """
        serial = self.serial(zone) + 1 if zone in self.zones else 1
        head = f"$ORIGIN {zone}.\n$TTL 300\n@ SOA ns1 hostmaster {serial} 60 60 3600 60\n@ NS ns1\nns1 A 127.0.0.1\n"
        (self.folder / f"{zone}.zone").write_text(f"{head}{text}\n")
        if zone in self.zones:
            self._control("zone-reload", zone)
        else:
            self.zones.append(zone)
            self._configure()
            self._control("reload")
        assert locks.wait_for(lambda: self.serial(zone) == serial, TIMEOUT_S), self.read_log()

    def ask(self, name: str, kind: str) -> list[str]:
        """The values at a name, sorted, in zone-file form; nothing where there are none."""
        answer = self._answer(name, kind)
        return sorted(item.to_text() for found in answer.answer if found.rdtype == _parse_kind(kind) for item in found)

    def serial(self, zone: str) -> int:
        """Of the SOA; 0 where the zone is not served."""
        values = self.ask(f"{zone}.", "SOA")
        return int(values[0].split()[2]) if values else 0

    def records(self, zone: str) -> set[str]:
        """All of the zone but SOA, by transfer: lines such as `www.octatech.xyz. 300 IN CNAME octatech.github.io.`"""
        found = dns.zone.Zone(f"{zone}.", relativize=False)
        dns.query.inbound_xfr(self.host, found, dns.message.make_query(f"{zone}.", "AXFR"), port=self.port)
        return {
            f"{name} {ttl} IN {dns.rdatatype.to_text(item.rdtype)} {item.to_text()}"
            for name, ttl, item in found.iterate_rdatas()
            if item.rdtype != dns.rdatatype.SOA
        }

    def read_log(self) -> str:
        return (self.folder / "said").read_text()

    def answers(self) -> bool:
        """Whether it listens on both ways. Knot refuses what it does not serve, which is an answer."""
        try:
            # Asked first: a datagram that comes too early would be waited for in vain.
            socket.create_connection((self.host, self.port), 1).close()
            self._answer("version.", "A", 1)
        except (OSError, dns.exception.Timeout):
            return False
        return True

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(TIMEOUT_S)

    def _answer(self, name: str, kind: str, timeout_s: float = TIMEOUT_S) -> dns.message.Message:
        asked = dns.message.make_query(name, kind)
        return dns.query.udp_with_fallback(asked, self.host, timeout_s, self.port)[0]

    def _control(self, *words: str) -> None:
        done = subprocess.run(
            [Path(find_program()).with_name("knotc"), "-b", "-s", self.folder / "run" / "knot.sock", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _configure(self) -> None:
        (self.folder / "run").mkdir(exist_ok=True)
        zones = "".join(f"  - domain: {zone}\n" for zone in self.zones)
        (self.folder / "knot.conf").write_text(
            CONFIGURATION.format(listen=f"{self.host}@{self.port}", folder=self.folder) + (zones and f"zone:\n{zones}")
        )


# Nothing is kept from one server to the next, and one thread of each kind is enough.
CONFIGURATION = f"""
server:
  listen: {{listen}}
  rundir: {{folder}}/run
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: {{folder}}
  journal-db-mode: asynchronous
key:
  - id: {KEY_NAME}
    algorithm: {KEY_ALGORITHM}
    secret: {KEY_SECRET}
acl:
  - id: tests
    key: {KEY_NAME}
    action: [transfer, update]
  - id: looking
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: {{folder}}
    file: "%s.zone"
    acl: [tests, looking]
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
"""


def find_program() -> str:
    """The path of knotd. `scripts/test` names it in KNOTD, after installing it where that is needed."""
    found = os.environ.get("KNOTD") or shutil.which("knotd") or shutil.which("knotd", path="/usr/sbin")
    assert found, "There is no knotd here. `make test` installs it."
    return found


@contextmanager
def run_knot() -> Iterator[KnotServer]:
    """A server without zones, until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-knot-"))
    server = _start_server(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _start_server(folder: Path) -> KnotServer:
    for _ in range(PORTS_TRIED):
        server = KnotServer(folder, _find_free_port())
        up = False
        try:
            locks.wait_for(lambda server=server: server.process.poll() is not None or server.answers(), TIMEOUT_S)
            up = server.process.poll() is None and server.answers()
        finally:
            if not up:
                server.stop()
        if up:
            return server
    raise AssertionError(f"knotd does not start: {server.read_log()}")


def _find_free_port() -> int:
    """Free on both ways at this moment; where another takes it first, the server ends and the next is tried."""
    with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        stream.bind((KnotServer.host, 0))
        port: int = stream.getsockname()[1]
        try:
            datagrams.bind((KnotServer.host, port))
        except OSError:
            return _find_free_port()
        return port


def _parse_kind(name: str) -> dns.rdatatype.RdataType:
    return dns.rdatatype.from_text(name)
