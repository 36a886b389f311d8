"""The system user that runs the server where we are root: PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from shared.embedded_postgres.errors import CannotStartError

NAME = "octatech-pg"


class Account(NamedTuple):
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """May this user enter the folder, or run the program? Asked of the kernel, so that it also knows ACLs."""
        command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return run(command, self).returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def run(command: list[str], account: Account | None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, as `account` where one is given, and keeps what it said."""
    return subprocess.run(
        command,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        check=False,
    )


def under(account: Account | None) -> list[str]:
    """What goes before a server's command: who runs it, and a clean shutdown should the guard be killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if account:
            raise CannotStartError("setpriv is missing, and PostgreSQL refuses to run as root. Install util-linux.")
        return []
    who = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"] if account else []
    return [setpriv, *who, "--pdeathsig=INT", "--"]


def find_account(owner_of: Path) -> Account | None:
    """None for an ordinary user. For root: the owner of an existing cluster, or our system user, made when missing."""
    if os.geteuid() != 0:
        return None
    if owner_of.exists():
        found = owner_of.stat()
        return Account(found.st_uid, found.st_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _create()
    return Account(entry.pw_uid, entry.pw_gid)


def _create() -> pwd.struct_passwd:
    try:
        made = run(["useradd", "--system", "--user-group", "--no-create-home", "--shell=/usr/sbin/nologin", NAME], None)
        return pwd.getpwnam(NAME)
    except FileNotFoundError:
        why = "useradd is missing"
    except KeyError:
        why = made.stderr.strip() or "useradd failed"
    raise CannotStartError(
        f"PostgreSQL refuses to run as root and the system user {NAME} cannot be made ({why}). "
        "Run as an ordinary user, or name a server in DATABASE_URL."
    )
