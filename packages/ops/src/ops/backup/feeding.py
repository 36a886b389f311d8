"""pg_restore, fed with an archive while what it says is taken."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, TypeVar

from ops.backup.faults import Trouble
from ops.backup.incoming import Sink
from ops.backup.outgoing import last_words

Taken = TypeVar("Taken")


def fed(
    command: Sequence[str],
    environment: Mapping[str, str],
    pour: Callable[[Sink], None],
    take: Callable[[IO[bytes]], Taken],
    files: tuple[int, ...] = (),
) -> Taken:
    """Runs it to its end; `take` reads its output and gives the result. Where `pour` raises, it is killed.

    `files` are descriptors it shall find open.

    Raises `Trouble` with its words when it fails.
    """
    with tempfile.TemporaryFile() as said, ThreadPoolExecutor(1) as aside:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            pass_fds=files,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        taking = aside.submit(take, process.stdout)
        try:
            pour(process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it wants no more, or it gave up; then it has said why
        except BaseException:
            process.kill()  # the server undoes what was begun
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
        if process.returncode:
            raise Trouble(last_words(said))
        taken = taking.result()
        process.stdout.close()
        return taken
