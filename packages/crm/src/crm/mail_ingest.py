"""Commands that take received mail from a mail server on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crm.terminal import commit, fail

if TYPE_CHECKING:
    from crm.kernel.app_context import AppContext
    from crm.kernel.db import Connection

mail = typer.Typer(no_args_is_help=True, help="Take received mail.")

TRY_AGAIN, REFUSED = 75, 65
"""What mail servers understand of a program (sysexits.h): keep the message and try again; return it to its sender."""


@mail.callback()
def _group() -> None:
    """Take received mail."""


@mail.command("ingest")
def ingest(
    maildir: Annotated[
        Path | None, typer.Option(help="Take every new message of this maildir. Without it, one message from stdin.")
    ] = None,
) -> None:
    """Store received messages. The worker attaches them to leads and contacts. Safe to repeat.

    From stdin, for a pipe of a mail server: status 75 keeps the message in its queue, 65 returns it to the sender.
    """
    if maildir is not None:
        _ingest_maildir(maildir)
        return
    from crm.inbound import mailbox  # noqa: PLC0415

    raw = sys.stdin.buffer.read(mailbox.MAX_SIZE + 1)
    if not raw.strip():
        fail("Stdin is empty. Pipe one message with all its headers, or give --maildir.")
    if len(raw) > mailbox.MAX_SIZE:
        typer.echo(mailbox.TooLargeError(len(raw)).detail, err=True)
        raise typer.Exit(REFUSED)
    try:
        typer.echo("Stored." if _store(raw) else "This message is here already.")
    except typer.Exit as error:
        raise typer.Exit(TRY_AGAIN) from error


def _ingest_maildir(folder: Path) -> None:
    from crm.inbound import mailbox  # noqa: PLC0415

    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        fail(f"{folder} is no maildir: it needs the folders new and cur.")
    stored = known = 0
    refused = []
    for path in sorted((folder / "new").iterdir()):
        if path.stat().st_size > mailbox.MAX_SIZE:
            refused.append(f"{path.name}: {mailbox.TooLargeError(path.stat().st_size).detail}")
            continue
        if _store(path.read_bytes()):
            stored += 1
        else:
            known += 1
        path.replace(folder / "cur" / f"{path.name.partition(':')[0]}:2,S")
    typer.echo(f"Stored {stored}, {known} were here already.")
    if refused:
        fail(*refused)


def _store(raw: bytes) -> bool:
    from crm.inbound import mailbox  # noqa: PLC0415

    async def store(connection: Connection, _: AppContext) -> str:
        return "stored" if await mailbox.store(connection, raw) else ""

    return bool(commit(store))
