"""Stands beside the server and stops it when its last user is gone. Run by path, as a program of its own.

Every user holds a shared lock on one file for as long as it lives. The guard waits for that lock alone; when it has it,
nobody is left, not even one that was killed, and the server is shut down cleanly.

    python guard.py USERS_LOCK SERVER_LOCK_DESCRIPTOR COMMAND…
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading


def _stop_when_unused(users: int, server: subprocess.Popen[bytes]) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)


def main(users_lock: str, server_lock: str, *command: str) -> int:
    # Twice a child: the program that wanted the server must not find a dead child of its own later.
    if os.fork():
        return 0
    os.setsid()
    users = os.open(users_lock, os.O_RDWR)
    # The server keeps the descriptor open, so the lock says truly whether any process of it is alive.
    server = subprocess.Popen(command, pass_fds=[int(server_lock)], cwd="/")
    threading.Thread(target=_stop_when_unused, args=(users, server), daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
