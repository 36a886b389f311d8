"""What made a backup: the commit of this repository and the versions of what took part."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from crm.config import commit_of
from ops.backup.manifest import Tools
from ops.backup.programs import Programs

LIBRARIES = ("octatech-ops", "pyrage", "zstandard", "obstore", "psycopg")


def used(programs: Programs) -> Tools:
    versions = {name: metadata.version(name) for name in LIBRARIES}
    return Tools(commit_of(os.environ), {"python": platform.python_version(), "pg_dump": programs.version, **versions})
