"""Tells the CRM of drills to a moment, as `ops.backup.telling` does of drills of dumps and under the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ops.backup import telling
from ops.backup.drill import data_age
from ops.backup.faults import Trouble
from ops.backup.pit import bases
from ops.backup.pit.papers import Base, PointProof
from ops.backup.pit.restoring import Way
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store


def told(environ: Mapping[str, str], settings: Settings, store: Store, screen: Screen) -> None:
    """Tell of the proofs of the newest bases. Without CRM_API_KEY there is nobody to tell. Never raises."""
    if not telling.somebody(environ):
        return
    try:
        found = [each for each in bases.read(store, settings.trusted) if each.base][-telling.NEWEST :]
    except Trouble as fault:
        telling.untold(screen, str(fault))
        return
    documents = [restore(each.base, proof) for each in found if each.base for proof in each.proofs]
    telling.send(environ, [("restores", document) for document in documents], screen)


def told_of_failure(environ: Mapping[str, str], way: Way, at: datetime, fault: Trouble, screen: Screen) -> None:
    """Tell of a drill that proved nothing, and why. Never raises."""
    if telling.somebody(environ):
        document = _document(way.reach.base, way.to or way.reach.until, at, findings=telling.findings(fault))
        telling.send(environ, [("restores", document)], screen)


def restore(base: Base, proof: PointProof) -> dict[str, Any]:
    """A proof as the CRM is told of it."""
    document = _document(base, proof.to or proof.reached, proof.at, findings=[])
    return {**document, "recovery_seconds": proof.recovery, "tables": proof.tables, "rows": proof.rows}


def _document(base: Base, moment: datetime | None, at: datetime, *, findings: list[str]) -> dict[str, Any]:
    """`taken_at` is the moment gone back to; where no transaction followed the base, it is the base's own."""
    there = moment or base.ended_at
    return {
        "name": f"{base.name} to {there:%Y-%m-%dT%H:%M:%SZ}",
        "taken_at": there,
        "proven_at": at,
        "recovery_seconds": 0.0,
        "data_age_seconds": data_age(there, at),
        "tables": 0,
        "rows": 0,
        "proven": not findings,
        "findings": findings,
    }
