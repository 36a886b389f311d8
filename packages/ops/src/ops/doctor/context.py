"""What the checks read: the variables of this process or of a file, and what the CRM makes of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from crm import config
from crm.config import Config
from ops.cli import OpsError, UsageError, require_network
from ops.cli.network import CONTROLS
from shared import embedded_postgres, site_config
from shared.embedded_postgres import paths

_SECRET = re.compile(r"(KEY|KEYS|SECRET|TOKEN|PASSWORD|IDENTITY|DSN|HEARTBEAT_URL)$")
_NO_DATABASE = "postgresql://nobody@/nowhere"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NoDatabaseError(OpsError):
    """There is no database to check. The arguments say what is wrong and how to fix it."""


@dataclass(frozen=True)
class DoctorContext:
    """`config` is None where the service would not start, and `errors` say why. `file` holds the variables."""

    environ: Mapping[str, str]
    facts: site_config.SiteConfig
    is_production: bool
    config: Config | None
    errors: Sequence[str] = ()
    file: Path | None = None
    webhook_url: str = ""
    network_controls: Sequence[tuple[str, int]] = CONTROLS

    def require_network(self, host: str | None) -> None:
        """Raises `NoNetworkError` where `host` does not answer because this machine has no network."""
        if host not in LOOPBACK:
            require_network(self.network_controls)

    def value(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def suggest(self, name: str, value: str) -> str:
        """Returns the line that sets a variable to a ready value, in the file or in this shell."""
        line = f"{name}={shlex.quote(value)}"
        return f"In {self.file}: {line}" if self.file else f"export {line}"

    @contextmanager
    def open_database(self) -> Iterator[str]:
        """Yields DATABASE_URL, or that of a laptop's embedded database. Raises `NoDatabaseError`."""
        if url := self.value("DATABASE_URL"):
            yield url
            return
        folder = embedded_postgres.data_folder(self.environ)
        if self.is_production or not folder.is_dir():
            raise NoDatabaseError("DATABASE_URL is not set", "Set it to the URL of the database: postgresql://…")
        if not any((folder / name).exists() for name in ("postgres", paths.POINTER)):
            raise NoDatabaseError(f"{folder} holds no database yet", "make run")
        try:
            with embedded_postgres.open_cluster(folder) as cluster:
                yield cluster.dsn()
        except embedded_postgres.CannotStartError as error:
            raise NoDatabaseError(f"The embedded database does not start: {error}", "make run") from None

    def list_secrets(self) -> list[str]:
        """Returns values that must never be shown."""
        values = [value for name, value in self.environ.items() if is_secret(name) or ("://" in value and "@" in value)]
        return [part.strip() for value in values for part in (value, *value.split(","))]


def load_context(environ: Mapping[str, str], file: Path | None = None, webhook_url: str = "") -> DoctorContext:
    """Returns the context of these variables. Raises `shared.site_config.BadSite`."""
    facts, loaded, errors = site_config.load(), None, []
    is_production = (environ.get("APP_ENV") or environ.get("NODE_ENV") or "").strip() == "production"
    is_laptop = not environ.get("DATABASE_URL", "").strip() and not is_production
    try:
        # A laptop's database is the embedded one, which need not run to read the rest.
        loaded = config.load(environ, database_url=_NO_DATABASE if is_laptop else None)
    except config.ConfigError as error:
        errors = error.errors
    return DoctorContext(environ, facts, is_production, loaded, errors, file, webhook_url)


def read_variables(file: Path) -> dict[str, str]:
    """Returns the variables of a file of lines `NAME=value`, as they stand there. Raises `UsageError`."""
    try:
        with file.open(encoding="utf-8") as stream:
            values = dotenv_values(stream=stream, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from None
    return {name: value or "" for name, value in values.items()}


def is_secret(name: str) -> bool:
    """Returns whether a variable of this name holds a secret."""
    return name != "BACKUP_VERIFY_KEYS" and _SECRET.search(name) is not None
