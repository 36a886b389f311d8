"""The CRM hears of backups and drills, now or the next time, and never stands in their way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
from backup import ear
from backup.keeping import NOON, OPS, back_up

from crm import migrate
from ops.backup import signed, store, telling
from ops.backup.catalog import PROOFS
from ops.backup.faults import Damaged
from ops.backup.manifest import Proof
from ops.backup.screen import Screen

API = "/api/v1/operations"


class Crm(NamedTuple):
    """The CRM as it runs, and a key that may tell and ask."""

    url: str
    key: str
    reader: str

    @property
    def environment(self) -> dict[str, str]:
        return {"CRM_API_URL": self.url, "CRM_API_KEY": self.key}

    def operations(self) -> dict[str, dict[str, object]]:
        answer = httpx.get(self.url + API, headers={"authorization": f"Bearer {self.key}"}, trust_env=False)
        told: dict[str, dict[str, object]] = answer.raise_for_status().json()
        return told


@pytest.fixture(scope="module")
def crm(cluster) -> Iterator[Crm]:
    cluster.create_database("crm_that_is_told")
    url = cluster.dsn("crm_that_is_told")
    migrate.migrate(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "DATABASE_URL": url, "PORT": str(port), "WORKER": "separate", "SESSION_SECRET": "s" * 40}
    program = OPS.with_name("crm")

    def key(scopes: str) -> str:
        made = [program, "apikey", "create", "--name=told", f"--scopes={scopes}"]
        return subprocess.run(made, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    running = subprocess.Popen([program, "serve"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        here = f"http://127.0.0.1:{port}"
        until(lambda: httpx.get(f"{here}/api/v1/live", trust_env=False).status_code == 200)
        yield Crm(here, key("operations:read,operations:write"), key("operations:read"))
    finally:
        running.terminate()
        running.wait(30)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "It did not come true in time."
        time.sleep(0.05)


def test_a_backup_is_told_as_it_is_made_with_those_that_were_not_told_before(ops, crm):
    assert ops("create").returncode == 0
    away = ops("create", CRM_API_URL="http://127.0.0.1:9", CRM_API_KEY="oct_x")
    assert away.returncode == 0
    assert "The CRM was not told: http://127.0.0.1:9 cannot be reached" in away.stderr
    assert crm.operations()["last_backup"] is None
    done = ops("create", "--json", **crm.environment)
    assert (done.returncode, "not told" in done.stderr) == (0, False)
    manifest = json.loads(done.stdout)
    last = crm.operations()["last_backup"]
    assert (last["name"], last["bytes"]) == (manifest["name"], manifest["archive"]["size"])
    assert last["destination"] == ops.given["BACKUP_STORE"]
    assert ops("create", **crm.environment).returncode == 0
    with httpx.Client(base_url=crm.url, headers={"authorization": f"Bearer {crm.key}"}, trust_env=False) as client:
        first = json.loads(ops("list", "--json").stdout)[0]
        again = client.post(f"{API}/backups", json={**last, "name": first["name"], "bytes": 1}).json()
    assert again["bytes"] != 1, "the first backup was told by the third"


def test_a_proof_is_told_with_what_it_found(ring, crm, pumps, tmp_path):
    place = store.opened(str(tmp_path), {})
    manifest = back_up(ring, place, pumps)
    screen = Screen()
    telling.told_of_failure(crm.environment, manifest, NOON, Damaged("rows are missing\nand a table"), screen)
    assert crm.operations()["last_restore"] is None
    later = NOON + timedelta(hours=1)
    proof = Proof(
        backup=manifest.name, sha256=manifest.archive.sha256, at=later, recovery=2.5, data_age=0, phases={},
        tables=1, rows=3, newest=None, lead=None, recipient="", postgres=manifest.postgres, tools=manifest.tools,
    )  # fmt: skip
    place.create(f"{manifest.name}/{PROOFS}/one.json", signed.seal(proof, ring.settings.signer))
    settings = ring.settings._replace(store="s3://key:secret@safe.example/crm?token=x")
    telling.told(crm.environment, settings, place, screen)
    restore = crm.operations()["last_restore"]
    assert (restore["name"], restore["recovery_seconds"], restore["rows"]) == (manifest.name, 2.5, 3)
    assert restore["data_age_seconds"] == 3600
    assert telling.without_password(settings.store) == "s3://safe.example/crm"


@pytest.mark.parametrize("words", ["answers 403", "operations:write"])
def test_a_key_that_may_not_tell_is_named_and_the_backup_stays(ops, crm, words):
    done = ops("create", CRM_API_URL=crm.url, CRM_API_KEY=crm.reader)
    assert done.returncode == 0
    assert words in done.stderr
    assert len(json.loads(ops("list", "--json").stdout)) == 1


def test_without_a_key_nobody_is_told_and_nothing_is_said(ops):
    done = ops("create", CRM_API_URL="http://127.0.0.1:9")
    assert (done.returncode, "told" in done.stderr) == (0, False)


def test_a_watch_hears_the_beginning_and_the_exit_status(ops):
    with ear.listening(200) as watch:
        given = {"HEARTBEAT_URL": watch.url, "WEBHOOKS_ALLOW_LOOPBACK": "1"}
        assert ops("create", **given).returncode == 0
        assert ops("drill", BACKUP_IDENTITY=None, **given).returncode == 2
    jobs = ("backup_create/0", "backup_drill/2")
    assert watch.paths == [path for job in jobs for path in (f"/{job[:-2]}/start", f"/{job}")]


def test_a_watch_that_does_not_listen_changes_nothing(ops):
    with ear.listening(500) as watch:
        done = ops("create", HEARTBEAT_URL=watch.url, WEBHOOKS_ALLOW_LOOPBACK="1")
    assert done.returncode == 0
    assert "The watch at HEARTBEAT_URL was not told: It answers 500." in done.stderr
    assert watch.url not in done.stderr
