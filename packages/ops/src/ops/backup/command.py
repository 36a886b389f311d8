"""Runs the commands that do something: keys, create, restore, drill, prune. Each gives its exit status."""

from __future__ import annotations

import os
from pathlib import Path

from rich.text import Text

from house import postgres
from ops.backup import catalog, database, incoming, keyfolder, report, telling
from ops.backup import create as creating
from ops.backup import drill as drilling
from ops.backup import prune as pruning
from ops.backup import record as recording
from ops.backup import restore as restoring
from ops.backup.faults import Busy, Trouble, Unreachable, Unusable
from ops.backup.retention import Keep
from ops.backup.screen import Screen
from ops.backup.session import agreed, at_hand, ended, now
from ops.backup.watched import watched


def keys(folder: Path, *, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        variables = keyfolder.write(folder)
        screen.result("\n".join(f"{name}={value}" for name, value in variables.items()), variables)
        screen.note(
            f"In {folder}: signing-key.txt is for BACKUP_SIGNING_KEY, drill-identity.txt for BACKUP_IDENTITY. "
            "Take offline-identity.txt off this machine: it opens every backup when all else is lost."
        )
        return 0

    return ended(screen, work)


def create(*, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("recipients", "signing")
        with postgres.borrowed(os.environ) as url:
            manifest = creating.create(found, store, url, screen, now)
        screen.result(report.made(manifest), manifest)
        telling.told(os.environ, found, store, screen)
        return 0

    return watched(os.environ, "backup_create", screen, lambda: ended(screen, work))


def restore(
    name: str | None, table: str | None, identity: Path | None, *, newer_schema: bool, yes: bool, as_json: bool
) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("trust", "identity", identity=identity)
        _, manifest = catalog.chosen(catalog.read(store, found.trusted), name)
        incoming.opener(manifest.archive, found.identities)
        if not newer_schema:
            restoring.refuse_newer(manifest)
        one = recording.table(manifest, table) if table else None
        target = os.environ.get("RESTORE_DATABASE_URL", "").strip()
        with postgres.borrowed({**os.environ, **({"DATABASE_URL": target} if target else {})}) as url:
            restoring.refuse_filled(url)
            rows = one.rows if one else manifest.contents.rows
            screen.note(
                f"{manifest.name}, taken {report.age(manifest.taken_at, now())}: {rows:,} rows"
                f"{f' of {one.name}' if one else ''}, schema {manifest.contents.schema.revision or 'none'} "
                f"→ {database.address(url).spoken}, which is empty."
            )
            if not agreed(screen, "Restore it?", yes=yes):
                return 1
            with screen.bar("Restoring", manifest.archive.size) as advance:
                restoring.restore(store, manifest, found.identities, url, advance, table=one.name if one else None)
        told = Text.assemble(("Restored", "bold green"), ". Run `crm migrate` before this release serves it.")
        screen.result(told, {"name": manifest.name, "table": one.name if one else None, "rows": rows})
        return 0

    return ended(screen, work)


def drill(name: str | None, identity: Path | None, *, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("signing", "identity", identity=identity)
        _, manifest = catalog.chosen(catalog.read(store, found.trusted), name)
        try:
            proof = drilling.drill(found, store, manifest, environ=os.environ, screen=screen, clock=now)
        except Trouble as fault:
            if not isinstance(fault, Unusable | Busy | Unreachable):
                telling.told_of_failure(os.environ, manifest, now(), fault, screen)
            raise
        screen.result(report.proven(proof), proof)
        telling.told(os.environ, found, store, screen)
        return 0

    return watched(os.environ, "backup_drill", screen, lambda: ended(screen, work))


def prune(keep: tuple[int, int, int, int, int], *, yes: bool, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("trust")
        backups, at = catalog.read(store, found.trusted), now()
        planned = pruning.plan(backups, Keep(*keep), at)
        gone = [each.name for each in planned.gone]
        lines = [f"keep    {name}  {', '.join(why)}" for name, why in sorted(planned.why.items())]
        lines += [f"delete  {each.name}  {Screen.size(each.size)}" for each in planned.gone]
        document = {"keep": planned.why, "delete": gone}
        screen.result("\n".join(lines), document)
        count = len(gone)
        if not count:
            screen.note("Nothing to delete.")
            return 0
        if not agreed(screen, f"Delete {count}?", yes=yes):
            return 1
        pruning.carry_out(store, found.trusted, planned, Keep(*keep), at)
        screen.note(f"Deleted {count}.")
        return 0

    return ended(screen, work)
