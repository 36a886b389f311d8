"""Proves that a moment can be reached: goes there in a folder of its own, reads every row, signs what it saw."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from house import postgres
from ops.backup import contents, database, scratch, signed, tools
from ops.backup.catalog import PROOFS
from ops.backup.manifest import Contents
from ops.backup.pit import bases, origin, restoring
from ops.backup.pit.papers import PointProof
from ops.backup.pit.restoring import Way
from ops.backup.pit.survey import Survey
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store


def drill(
    settings: Settings, store: Store, survey: Survey, way: Way, *, screen: Screen, clock: Callable[[], datetime]
) -> tuple[PointProof, Contents]:
    """The signed proof, which lies beside the base, and what the database held. Raises `Trouble` and its kin.

    Nothing of the drill is left, also when it is killed.
    """
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="octatech-drill-"))
    folder.chmod(0o755)  # the server's user must be able to enter; the cluster inside stays closed
    place = postgres.embedded(folder / "data").place
    with (
        scratch.swept({"folders": [str(place.home), str(place.sockets), str(folder)]}),
        restoring.carried_out(
            settings, store, survey, way, folder=folder / "data", screen=screen, look=False
        ) as arrived,
    ):
        with screen.bar("Reading every row", None), database.connected(arrived.recovered.url) as connection:
            found = contents.read(connection)
        recovery = time.monotonic() - began
    base = way.reach.base
    proof = PointProof(
        base=base.name,
        sha256=base.archive.sha256,
        timeline=way.reach.timeline,
        to=way.to,
        reached=arrived.recovered.reached,
        at=clock(),
        recovery=round(recovery, 3),
        phases=arrived.phases,
        segments=arrived.segments,
        tables=len(found.tables),
        rows=found.rows,
        tools=tools.used(origin.suite(base.major)),
    )
    path = f"{bases.folder(base.system, base.name)}/{PROOFS}/{proof.at:%Y%m%dT%H%M%S%fZ}.json"
    store.create(path, signed.seal(proof, settings.signer))
    return proof, found
