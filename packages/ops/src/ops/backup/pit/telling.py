"""What a restore and a drill to a moment say, before and after."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from ops.backup.pit.papers import PointProof
from ops.backup.pit.report import at
from ops.backup.pit.restoring import Arrived, Way
from ops.backup.screen import Screen

INCLUDED = "what was committed at that very moment or before is in it, and nothing later"


def planned(way: Way, folder: Path) -> str:
    bases = " + ".join(base.name for base in way.chain)
    until = f"to {at(way.to)}: {INCLUDED}" if way.to else "to the end of the archive"
    return f"{bases}, timeline {way.reach.timeline}, {until} → {folder}."


def _reached(arrived: Arrived) -> str:
    reached = arrived.recovered.reached
    took = Screen.span(sum(arrived.phases.values()))
    last = f"Its last transaction ended {at(reached)}. " if reached else "No transaction was replayed. "
    return f"{last}{arrived.segments} files of WAL, {took}."


def looking(way: Way, arrived: Arrived) -> Text:
    major = way.reach.base.major
    return Text.assemble(
        ("Paused for a look", "bold green"),
        f", read-only. {_reached(arrived)}\n"
        f'  connect:   psql "{arrived.recovered.url}"\n'
        f'  take out:  pg_dump --table=leads "{arrived.recovered.url}" > leads.sql\n'
        f"  another:   the same command with another --to and another --into\n"
        f"  go on:     the same command without --look makes it a database of its own (PostgreSQL {major})\n"
        "Ctrl-C stops it.",
    )


def restored(way: Way, arrived: Arrived) -> Text:
    base = way.reach.base
    return Text.assemble(
        ("Restored", "bold green"),
        f". {_reached(arrived)} The server is stopped; the data directory is {arrived.folder}\n"
        f"  start:     pg_ctl --pgdata={arrived.folder} -o '-k /tmp' start   "
        f"(PostgreSQL {base.major}, as the owner of the folder)\n"
        f"  connect:   psql 'postgresql://{base.role}@/{base.database}?host=/tmp'\n"
        "  carry over: ops backup create from it, then ops backup restore into the database that people use\n"
        "  replace:   put postgresql.conf.before and pg_hba.conf.before back, and mount it where the old one was;\n"
        "             then take a base at once, for it begins a timeline: ops backup base --full\n"
        "Its waiting jobs are those of that moment: mails and webhooks would be sent once more.",
    )


def proven(proof: PointProof) -> Text:
    to = f"at {at(proof.to)}" if proof.to else "at the end of the archive"
    return Text.assemble(
        ("Proven", "bold green"),
        f": the database {to}, from {proof.base} and {proof.segments} files of WAL, every row read "
        f"({proof.rows:,} of {proof.tables} tables). Recovery takes {Screen.span(proof.recovery)}.",
    )
