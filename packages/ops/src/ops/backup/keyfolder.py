"""The key files of a new house: two pairs for reading backups, one of them to stay offline, and one to sign with."""

from __future__ import annotations

import os
from pathlib import Path

from ops.backup import keys
from ops.backup.faults import Trouble

NOTE = "# Opens every backup made for {recipient}. {where}\n{secret}\n"


def write(folder: Path) -> dict[str, str]:
    """Makes the folder and the files in it, readable by their owner alone; gives the variables that are no secret.

    Raises `Trouble` where the folder exists.
    """
    online, drill_recipient = keys.new_identity()
    offline, offline_recipient = keys.new_identity()
    signing, verify = keys.new_signing_key()
    try:
        folder.mkdir(mode=0o700, parents=True)
        for name, text in {
            "drill-identity.txt": NOTE.format(
                recipient=drill_recipient, where="Give it to drills as BACKUP_IDENTITY.", secret=online
            ),
            "offline-identity.txt": NOTE.format(
                recipient=offline_recipient, where="Keep it on paper or a stick, and nowhere else.", secret=offline
            ),
            "signing-key.txt": f"{signing}\n",
            "verify-key.txt": f"{verify}\n",
        }.items():
            handle = os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError:
        raise Trouble(f"{folder} exists. Name a new folder, so that no key is overwritten.") from None
    except OSError as fault:
        raise Trouble(f"{folder} cannot be made: {fault.strerror}.") from None
    return {"BACKUP_RECIPIENTS": f"{drill_recipient},{offline_recipient}", "BACKUP_VERIFY_KEYS": verify}
