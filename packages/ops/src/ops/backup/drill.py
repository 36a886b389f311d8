"""Proves a backup: restores it, compares everything, starts the CRM on it, and signs the proof.

The restored database is a copy of real data, so nothing may leave it: no worker runs, and the CRM gets only the
variables that it needs to start.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL

import httpx

from crm.kernel import schema
from ops.backup import database
from ops.backup.archive import choose_identity
from ops.backup.catalog import PROOFS
from ops.backup.contents import find_differences, find_exhausted_sequences, read_contents
from ops.backup.errors import DamagedError
from ops.backup.manifest import Manifest, Proof, sign_document
from ops.backup.programs import describe_provenance, find_programs
from ops.backup.restore import refuse_newer_schema, restore_backup
from ops.backup.scratch_db import open_scratch_db
from ops.backup.settings import BackupSettings
from ops.backup.store import Store
from ops.cli import CliOutput, OpsError, poll
from ops.dev.commands import program

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SITE_FILE")
START_TIMEOUT_S = 30.0
LAST_LINES = 15


def run_drill(
    settings: BackupSettings,
    store: Store,
    manifest: Manifest,
    *,
    environ: Mapping[str, str],
    output: CliOutput,
    now: Callable[[], datetime],
) -> Proof:
    """Returns the proof, which is then in the store. Nothing else of the drill is left. Raises `OpsError`."""
    refuse_newer_schema(manifest)
    identity = choose_identity(manifest.archive, settings.identities)
    programs = find_programs(manifest.major, manifest.major)
    at = now()
    with open_scratch_db(environ, manifest.major) as (url, folder):
        started = time.monotonic()
        with output.progress_bar("Restoring", manifest.archive.size) as advance:
            restore_backup(store, manifest, [identity], url, advance)
        restored = time.monotonic()
        with output.status("Comparing"):
            postgres = _compare(url, manifest)
        compared = time.monotonic()
        with output.status("Starting the CRM on it"):
            lead = start_crm(url, folder, manifest.contents.schema.revision)
        recovery = time.monotonic() - compared + restored - started
    proof = Proof(
        backup=manifest.name,
        sha256=manifest.archive.sha256,
        at=at,
        recovery=round(recovery, 3),
        data_age=compute_data_age(manifest.taken_at, at),
        lead=lead,
        recipient=str(identity.to_public()),
        postgres=postgres,
        tools=describe_provenance(programs),
    )
    store.create(f"{manifest.name}/{PROOFS}/{at:%Y%m%dT%H%M%S.%fZ}.json", sign_document(proof, settings.signer))
    return proof


def compute_data_age(taken_at: datetime, at: datetime) -> float:
    """Returns the seconds of work that would have been lost; none where a clock has jumped back."""
    return max(0.0, (at - taken_at).total_seconds())


def _compare(url: str, manifest: Manifest) -> int:
    """Returns the version of the server. Raises `DamagedError` with all differences."""
    with database.connect(url) as connection:
        errors = find_differences(manifest.contents, read_contents(connection))
        errors += find_exhausted_sequences(connection)
        version = connection.info.server_version
    if errors:
        raise DamagedError("\n".join([f"{manifest.name} is not what its manifest says:", *errors]))
    return version


def start_crm(url: str, folder: Path, revision: str) -> int | None:
    """Migrates a schema of an older `revision`, starts the CRM and opens a lead. Returns its id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environ = build_environment(url, folder, port)
    if schema.standing(revision) == "behind":
        _run_crm("migrate", environ=environ)
    log = folder / "crm.log"
    with (
        log.open("wb") as stream,
        subprocess.Popen(_build_command("serve"), env=environ, stdin=DEVNULL, stdout=stream, stderr=stream) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False) as client,
    ):
        try:
            key = _run_crm("apikey", "create", "--name=restore drill", "--scopes=leads:read", environ=environ)
            client.headers["authorization"] = f"Bearer {key}"
            _wait_until_healthy(client, server, log)
            leads = client.get("/api/v1/leads", params={"limit": 1}).raise_for_status().json()["data"]
            for lead in leads:
                client.get(f"/api/v1/leads/{lead['id']}").raise_for_status()
            return int(leads[0]["id"]) if leads else None
        except httpx.HTTPError as error:
            raise OpsError(f"The CRM on the restored database does not answer as it should: {error}") from None
        finally:
            server.kill()


def build_environment(url: str, folder: Path, port: int) -> dict[str, str]:
    """Empties every variable that the CRM does not need to start, so that it can reach nobody."""
    own = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    needed = {
        "APP_ENV": "development",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "SESSION_SECRET": secrets.token_urlsafe(48),
        **dict.fromkeys(("CRM_BASE_URL", "SITE_URL", "CORS_ORIGIN"), own),
        "WORKER": "separate",
    }
    return {**dict.fromkeys(os.environ, ""), **kept, **needed}


def _build_command(*arguments: str) -> list[str]:
    """The kernel ends the CRM when the drill is killed."""
    setpriv = shutil.which("setpriv")
    return [*((setpriv, "--pdeathsig=TERM", "--") if setpriv else ()), program("crm"), *arguments]


def _run_crm(*arguments: str, environ: Mapping[str, str]) -> str:
    """Returns the output of a command of the CRM. Raises `OpsError` with its last lines."""
    command = _build_command(*arguments)
    result = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        raise _describe_failure(f"crm {' '.join(arguments[:2])}", result.stderr)
    return result.stdout.strip()


def _describe_failure(command: str, text: str) -> OpsError:
    lines = text.strip().splitlines()[-LAST_LINES:]
    return OpsError("\n".join([f"The CRM does not run on the restored database: `{command}` fails.", *lines]))


def _wait_until_healthy(client: httpx.Client, server: subprocess.Popen[bytes], log: Path) -> None:
    def is_healthy() -> bool | None:
        if server.poll() is not None:
            raise _describe_failure("crm serve", log.read_text(errors="replace"))
        try:
            return client.get("/api/v1/health").status_code == httpx.codes.OK or None
        except httpx.TransportError:
            return None

    if not poll(is_healthy, timeout_s=START_TIMEOUT_S):
        raise OpsError(f"The CRM on the restored database is not healthy within {START_TIMEOUT_S:.0f} s.")
