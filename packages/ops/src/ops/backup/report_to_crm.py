"""Reports backups and drills to the CRM, which shows them on its page Operations.

A failed report changes nothing about a backup: a note says so, and the next run reports it again. Reporting is
idempotent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from ops.backup.catalog import list_backups
from ops.backup.drill import compute_data_age
from ops.backup.manifest import DatabaseId, Manifest, Proof
from ops.backup.settings import BackupSettings
from ops.backup.store import Store
from ops.cli import CliOutput, OpsError
from shared import site_config

NEWEST = 7
"""So many backups are reported each time: those of a week in which the CRM could not be reached."""
TIMEOUT_S = 5.0
FINDING_LENGTH = 500
FINDINGS = 50

Report = tuple[str, dict[str, Any]]


def report_backups(
    environ: Mapping[str, str], settings: BackupSettings, store: Store, database: DatabaseId, output: CliOutput
) -> None:
    """Reports the newest backups of a database and their proofs. Never raises."""
    reports: list[Report] = []
    try:
        backups = list_backups(store, settings.trusted) if environ.get("CRM_API_KEY", "").strip() else []
    except OpsError as error:
        _note_failure(output, str(error))
        return
    own = [(each, each.manifest) for each in backups if each.manifest and each.manifest.database == database]
    for backup, manifest in own[-NEWEST:]:
        reports.append(("backups", describe_backup(manifest, settings.store)))
        reports += [("restores", _describe_drill(manifest, proof.at, proof, [])) for proof in backup.proofs]
    send_reports(environ, reports, output)


def report_failed_drill(
    environ: Mapping[str, str], manifest: Manifest, at: datetime, error: OpsError, output: CliOutput
) -> None:
    """Reports a drill that proved nothing, with its findings. Never raises."""
    findings = [line[:FINDING_LENGTH] for line in str(error).splitlines()][:FINDINGS]
    send_reports(environ, [("restores", _describe_drill(manifest, at, None, findings))], output)


def describe_backup(manifest: Manifest, store: str) -> dict[str, Any]:
    """Describes a backup. The address of the store goes without its password and its query."""
    parts = urlsplit(store)
    destination = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:300]
    return {
        "name": manifest.name,
        "taken_at": manifest.taken_at,
        "bytes": manifest.archive.size,
        "destination": destination,
    }


def _describe_drill(manifest: Manifest, at: datetime, proof: Proof | None, findings: list[str]) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "taken_at": manifest.taken_at,
        "proven_at": at,
        "recovery_seconds": proof.recovery if proof else 0.0,
        "data_age_seconds": compute_data_age(manifest.taken_at, at),
        "tables": len(manifest.contents.tables),
        "rows": manifest.contents.rows,
        "proven": proof is not None,
        "findings": findings,
    }


def send_reports(environ: Mapping[str, str], reports: Sequence[Report], output: CliOutput) -> None:
    """Sends each report in order where there is a CRM_API_KEY. The first failure ends it. Never raises."""
    url, key = environ.get("CRM_API_URL", "").strip().rstrip("/"), environ.get("CRM_API_KEY", "").strip()
    if not key:
        return
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    try:
        url = url or site_config.load().api_url
        with httpx.Client(base_url=f"{url}/api/v1/operations/", headers=headers, timeout=TIMEOUT_S) as client:
            for path, document in reports:
                response = client.post(path, content=msgspec.json.encode(document))
                if response.status_code != httpx.codes.CREATED:
                    raise ValueError(f"it answers {response.status_code}: {response.json().get('detail', '')}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _note_failure(output, f"{url} cannot be reached ({type(error).__name__}); check CRM_API_URL")
    except (site_config.SiteConfigError, ValueError, AttributeError) as error:
        _note_failure(output, str(error))


def _note_failure(output: CliOutput, reason: str) -> None:
    output.note(f"Not reported to the CRM: {reason.rstrip('.')}. The next run reports it; check CRM_API_KEY.")
