"""The CRM of the fake production: the real program as Railway starts it, on a database of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import urllib.request
from pathlib import Path

from cryptography.fernet import Fernet

from ops.dev.commands import program
from ops.dev.settings import SHORTEST_PASSWORD
from shared import site_config
from shared.embedded_postgres import locks

TIMEOUT_S = 60


class Service:
    """`environ` holds the variables of the service, `log` all its output."""

    def __init__(
        self, folder: Path, database_url: str, port: int, facts: site_config.SiteConfig, **variables: str
    ) -> None:
        self.port = port
        self.log = folder / "crm.log"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environ = {
            **inherited,
            "APP_ENV": "production",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / "data"),
            "SESSION_SECRET": secrets.token_urlsafe(48),
            "SEALING_KEYS": Fernet.generate_key().decode(),
            "SYNTHETIC_KEY": secrets.token_urlsafe(32),
            "METRICS_TOKEN": secrets.token_urlsafe(32),
            "CRM_BASE_URL": facts.crm_url,
            "SITE_URL": facts.url,
            "CORS_ORIGIN": facts.url,
            "TRUSTED_PROXIES": "1",
            "ADMIN_EMAIL": f"admin@{facts.domains.site}",
            "ADMIN_PASSWORD": secrets.token_urlsafe(SHORTEST_PASSWORD),
            "RAILWAY_GIT_COMMIT_SHA": secrets.token_hex(20),
            # All visitors of tests come from one address.
            "ENQUIRY_RATE_LIMIT": "1000",
            **variables,
        }

    def run(self, *arguments: str) -> str:
        """Returns what `crm …` prints, as a person in the service's console runs it."""
        done = subprocess.run(
            [program("crm"), *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([program("crm"), "serve"], env=self.environ, stdout=out, stderr=out)
        assert locks.wait_for(lambda: self.process.poll() is not None or self._is_healthy(), TIMEOUT_S), (
            self.log.read_text()
        )
        assert self.process.poll() is None, self.log.read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(TIMEOUT_S)

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
