"""Backups and drills are reported to the CRM and to a cron monitor, now or the next time. Neither can fail them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
from backup.backup_helpers import NOON, OPS, TIMEOUT_S, add_listed_backup, make_backup
from backup.http_sink import run_http_sink

from crm import migrate
from ops.backup.catalog import PROOFS
from ops.backup.errors import DamagedError
from ops.backup.manifest import DatabaseId, Proof, sign_document
from ops.backup.report_to_crm import describe_backup, report_backups, report_failed_drill
from ops.backup.store import open_store
from ops.cli import CliOutput
from shared.embedded_postgres import locks

API = "/api/v1/operations"


class RunningCrm(NamedTuple):
    """`key` may report and read, `reader` may only read."""

    url: str
    key: str
    reader: str

    @property
    def environment(self) -> dict[str, str]:
        return {"CRM_API_URL": self.url, "CRM_API_KEY": self.key}

    def read_operations(self) -> dict[str, dict[str, object]]:
        headers = {"authorization": f"Bearer {self.key}"}
        document: dict[str, dict[str, object]] = httpx.get(self.url + API, headers=headers, trust_env=False).json()
        return document


@pytest.fixture(scope="module")
def crm(cluster) -> Iterator[RunningCrm]:
    cluster.create_database("crm_with_reports")
    url = cluster.dsn("crm_with_reports")
    migrate.migrate(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "DATABASE_URL": url, "PORT": str(port), "WORKER": "separate", "SESSION_SECRET": "s" * 40}
    program = OPS.with_name("crm")

    def create_key(scopes: str) -> str:
        command = [program, "apikey", "create", "--name=reports", f"--scopes={scopes}"]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    def is_live() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/api/v1/live", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    process = subprocess.Popen([program, "serve"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        keys = create_key("operations:read,operations:write"), create_key("operations:read")
        assert locks.wait_for(is_live, TIMEOUT_S)
        yield RunningCrm(f"http://127.0.0.1:{port}", *keys)
    finally:
        process.terminate()
        process.wait(60)


def test_a_backup_is_reported_with_those_that_could_not_be_reported_before(ops, crm):
    assert ops("create").returncode == 0
    away = ops("create", CRM_API_URL="http://127.0.0.1:9", CRM_API_KEY="oct_x")
    assert away.returncode == 0
    assert "Not reported to the CRM: http://127.0.0.1:9 cannot be reached" in away.stderr
    assert crm.read_operations()["last_backup"] is None
    result = ops("create", "--json", **crm.environment)
    assert (result.returncode, "Not reported" in result.stderr) == (0, False)
    manifest = json.loads(result.stdout)
    last = crm.read_operations()["last_backup"]
    assert (last["name"], last["bytes"]) == (manifest["name"], manifest["archive"]["size"])
    assert last["destination"] == ops.variables["BACKUP_STORE"]
    assert ops("create", **crm.environment).returncode == 0
    with httpx.Client(base_url=crm.url, headers={"authorization": f"Bearer {crm.key}"}, trust_env=False) as client:
        first = json.loads(ops("list", "--json").stdout)[0]
        again = client.post(f"{API}/backups", json={**last, "name": first["name"], "bytes": 1}).json()
    assert again["bytes"] != 1, "the first backup was reported by the third run"


def test_a_proof_is_reported_with_its_figures(keys, crm, pumps, store):
    manifest = make_backup(keys, store, pumps)
    error = DamagedError("rows are missing\nand a table")
    report_failed_drill(crm.environment, manifest, NOON, error, CliOutput())
    assert crm.read_operations()["last_restore"] is None
    proof = Proof(
        backup=manifest.name, sha256=manifest.archive.sha256, at=NOON + timedelta(hours=1), recovery=2.5, data_age=0,
        lead=None, recipient="", postgres=manifest.postgres,
        tools=manifest.tools,
    )  # fmt: skip
    store.create(f"{manifest.name}/{PROOFS}/one.json", sign_document(proof, keys.settings.signer))
    settings = keys.settings._replace(store="a folder")
    report_backups(crm.environment, settings, store, manifest.database, CliOutput())
    restore = crm.read_operations()["last_restore"]
    assert (restore["name"], restore["recovery_seconds"], restore["rows"]) == (manifest.name, 2.5, 4)
    assert restore["data_age_seconds"] == 3600


def test_the_address_of_a_store_is_reported_without_its_secrets(keys, pumps, store):
    described = describe_backup(make_backup(keys, store, pumps), "s3://key:secret@safe.example/crm?token=x")
    assert described["destination"] == "s3://safe.example/crm"


def test_backups_of_another_database_in_the_store_are_not_reported(keys, pumps, tmp_path):
    store = open_store(str(tmp_path), {})
    manifest = make_backup(keys, store, pumps)
    add_listed_backup(keys, store, manifest, 2, NOON, of=DatabaseId("books", "7"))
    with run_http_sink(201) as sink:
        report_backups(
            {"CRM_API_URL": sink.url, "CRM_API_KEY": "x"}, keys.settings, store, manifest.database, CliOutput()
        )
    assert sink.paths == ["/api/v1/operations/backups"]


@pytest.mark.parametrize("words", ["answers 403", "operations:write"])
def test_a_key_that_may_not_report_is_named_and_the_backup_is_kept(ops, crm, words):
    result = ops("create", CRM_API_URL=crm.url, CRM_API_KEY=crm.reader)
    assert result.returncode == 0
    assert words in result.stderr
    assert len(json.loads(ops("list", "--json").stdout)) == 1


def test_without_a_key_nothing_is_reported_and_nothing_is_said(ops):
    result = ops("create", CRM_API_URL="http://127.0.0.1:9")
    assert (result.returncode, "CRM" in result.stderr) == (0, False)


def test_a_cron_monitor_is_pinged_at_the_start_and_with_the_exit_status(ops):
    with run_http_sink(200) as monitor:
        variables = {"HEARTBEAT_URL": monitor.url, "WEBHOOKS_ALLOW_LOOPBACK": "1"}
        assert ops("create", **variables).returncode == 0
        assert ops("drill", BACKUP_IDENTITY=None, **variables).returncode == 2
    jobs = ("backup_create/0", "backup_drill/2")
    assert monitor.paths == [path for job in jobs for path in (f"/{job[:-2]}/start", f"/{job}")]


def test_a_cron_monitor_that_fails_changes_nothing(ops):
    with run_http_sink(500) as monitor:
        result = ops("create", HEARTBEAT_URL=monitor.url, WEBHOOKS_ALLOW_LOOPBACK="1")
    assert result.returncode == 0
    assert "The monitor at HEARTBEAT_URL was not reached: It answers 500." in result.stderr
    assert monitor.url not in result.stderr
