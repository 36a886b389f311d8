"""`crm mail ingest`, run as a command: a pipe of a mail server, and a maildir."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import due_jobs
import received_mails as samples
from conftest import environment

from crm.kernel.app_context import AppContext


def ingest(database_url: str, *words: str, raw: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, **environment(database_url)}
    command = [sys.executable, "-m", "crm", "mail", "ingest", *words]
    return subprocess.run(command, input=raw, env=env, capture_output=True, timeout=60, check=False)


async def count(context: AppContext) -> int:
    async with context.db.connection() as conn:
        return await conn.fetchval("SELECT count(*) FROM emails WHERE state = 'unmatched'")


async def test_a_piped_message_is_stored_once(clean: AppContext, database_url: str):
    for says in (b"Stored.", b"here already"):
        done = ingest(database_url, raw=samples.OUTLOOK)
        assert (done.returncode, says in done.stdout) == (0, True), done.stderr
    await due_jobs.run(clean)
    assert await count(clean) == 1


def test_the_mail_server_learns_whether_to_keep_or_to_return_a_message(database_url: str):
    away = ingest("postgresql://nobody@127.0.0.1:1/none", raw=samples.OUTLOOK)
    assert (away.returncode, b"cannot be reached" in away.stderr) == (75, True), away.stderr
    large = ingest(database_url, raw=samples.write(text="x" * 50_000_000))
    assert (large.returncode, b"At most 25 MB" in large.stderr) == (65, True)
    assert ingest(database_url).returncode == 1


async def test_a_maildir_is_taken_and_its_messages_are_marked_as_read(
    clean: AppContext, database_url: str, tmp_path: Path
):
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    for number, raw in enumerate((samples.OUTLOOK, samples.GMAIL, samples.APPLE, samples.GMAIL)):
        (tmp_path / "new" / f"176423580{number}.host").write_bytes(raw)
    done = ingest(database_url, "--maildir", str(tmp_path))
    assert b"Stored 3, 1 were here already." in done.stdout, done.stderr
    assert list((tmp_path / "new").iterdir()) == []
    assert len(list((tmp_path / "cur").glob("*:2,S"))) == 4
    await due_jobs.run(clean)
    assert await count(clean) == 3


def test_a_folder_that_is_no_maildir_is_named(database_url: str, tmp_path: Path):
    done = ingest(database_url, "--maildir", str(tmp_path))
    assert (done.returncode, b"is no maildir" in done.stderr) == (1, True)
