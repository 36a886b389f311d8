"""Tells the CRM of backups and drills, so that its page of operations shows them.

A backup is a backup whether anybody hears of it or not: when the CRM cannot be told, a line says so, and what it has
not heard is told the next time, since telling twice is telling once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from house import site
from ops.backup import catalog
from ops.backup.drill import data_age
from ops.backup.faults import Trouble
from ops.backup.manifest import Manifest, Proof
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store

NEWEST = 7
"""So many backups are told each time, the newest: those of a week in which the CRM could not be told."""
TIMEOUT_S = 5.0
LONGEST_FINDING = 500
MOST_FINDINGS = 50


class _Untold(Exception):
    """The CRM did not take it; the message says why."""


def told(environ: Mapping[str, str], settings: Settings, store: Store, screen: Screen) -> None:
    """Tell of the newest backups and their proofs. Without CRM_API_KEY there is nobody to tell. Never raises."""
    if not somebody(environ):
        return
    try:
        backups = [each for each in catalog.read(store, settings.trusted) if each.manifest][-NEWEST:]
    except Trouble as fault:
        untold(screen, str(fault))
        return
    parts: list[tuple[str, dict[str, Any]]] = []
    for each in backups:
        assert each.manifest is not None
        parts.append(("backups", backup(each.manifest, settings.store)))
        parts += [("restores", restore(each.manifest, proof)) for proof in each.proofs]
    send(environ, parts, screen)


def told_of_failure(
    environ: Mapping[str, str], manifest: Manifest, at: datetime, fault: Trouble, screen: Screen
) -> None:
    """Tell of a drill that proved nothing, and why. Never raises."""
    if somebody(environ):
        send(environ, [("restores", _restore(manifest, at, 0.0, findings(fault)))], screen)


def somebody(environ: Mapping[str, str]) -> bool:
    """Is there a CRM to tell?"""
    return bool(environ.get("CRM_API_KEY", "").strip())


def findings(fault: Trouble) -> list[str]:
    """What was wrong, as long and as much as the CRM takes."""
    return [line[:LONGEST_FINDING] for line in str(fault).splitlines()][:MOST_FINDINGS]


def backup(manifest: Manifest, destination: str) -> dict[str, Any]:
    """A backup as the CRM is told of it."""
    return {
        "name": manifest.name,
        "taken_at": manifest.taken_at,
        "bytes": manifest.archive.size,
        "destination": without_password(destination),
    }


def restore(manifest: Manifest, proof: Proof) -> dict[str, Any]:
    """A proof as the CRM is told of it."""
    return _restore(manifest, proof.at, proof.recovery, [])


def without_password(store: str) -> str:
    """The address of a store without what may be secret in it."""
    parts = urlsplit(store)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:300]


def _restore(manifest: Manifest, at: datetime, recovery: float, wrong: list[str]) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "taken_at": manifest.taken_at,
        "proven_at": at,
        "recovery_seconds": recovery,
        "data_age_seconds": data_age(manifest.taken_at, at),
        "tables": len(manifest.contents.tables),
        "rows": manifest.contents.rows,
        "proven": not wrong,
        "findings": wrong,
    }


def send(environ: Mapping[str, str], parts: list[tuple[str, dict[str, Any]]], screen: Screen) -> None:
    """Tell each part at its path below operations; the first that is not taken ends it, with a line. Never raises."""
    url = environ.get("CRM_API_URL", "").strip().rstrip("/")
    try:
        url = url or site.load().api_url
        headers = {
            "authorization": f"Bearer {environ.get('CRM_API_KEY', '').strip()}",
            "content-type": "application/json",
        }
        with httpx.Client(base_url=f"{url}/api/v1/operations/", headers=headers, timeout=TIMEOUT_S) as client:
            for where, document in parts:
                _taken(client.post(where, content=msgspec.json.encode(document)))
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        untold(screen, f"{url} cannot be reached ({type(fault).__name__}); CRM_API_URL names another address")
    except (_Untold, site.BadSite, ValueError) as fault:
        untold(screen, str(fault))


def _taken(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.CREATED:
        return
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = ""
    raise _Untold(f"it answers {answer.status_code}" + (f": {detail}" if detail else ""))


def untold(screen: Screen, why: str) -> None:
    """The line that says so."""
    screen.note(f"The CRM was not told: {why.rstrip('.')}. It will be told next time; see CRM_API_KEY.")
