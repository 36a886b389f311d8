"""The commands that `ops dev` runs, as data: program, arguments and variables."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ops.dev.dev_credentials import Credentials
from ops.dev.settings import Settings
from shared import site_config


class Command(NamedTuple):
    """`name` is shown when it fails. `env` is added to the variables of this process."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = {}


def program(name: str) -> str:
    """Returns the path of a program in this virtual environment, whatever PATH says."""
    return str(Path(sys.executable).parent / name)


def crm_environment(
    settings: Settings, database_url: str, session_secret: str, credentials: Credentials, synthetic_key: str = ""
) -> dict[str, str]:
    return {
        "APP_ENV": "development",
        "HOST": "127.0.0.1",
        "PORT": str(settings.crm_port),
        "DATABASE_URL": database_url,
        "DATA_DIR": str(settings.data_dir),
        "SESSION_SECRET": session_secret,
        "SYNTHETIC_KEY": synthetic_key,
        "CRM_BASE_URL": settings.crm_url,
        "SITE_URL": settings.site_url,
        "CORS_ORIGIN": f"{settings.site_url},http://127.0.0.1:{settings.site_port}",
        "WEBHOOKS_ALLOW_LOOPBACK": "1",
        "ENQUIRY_RATE_LIMIT": "60",
        "ADMIN_EMAIL": credentials.email,
        "ADMIN_PASSWORD": credentials.password,
    }


def migrate(env: Mapping[str, str]) -> Command:
    return Command("crm migrate", (program("crm"), "migrate"), env)


def seed(env: Mapping[str, str], *, demo: bool) -> Command:
    return Command("crm seed", (program("crm"), "seed", *(["--demo"] if demo else [])), env)


def serve(env: Mapping[str, str]) -> Command:
    return Command("crm serve", (program("crm"), "serve"), env)


def build_site(settings: Settings) -> Command:
    """Builds into the data folder: `dist/site` is for publishing and has the public URLs."""
    return Command(
        "blog site",
        (
            *(program("blog"), "site"),
            *("--site", str(site_config.find().resolve())),
            *("--out", str(site_folder(settings))),
            *("--cache", str(settings.data_dir / "cache")),
            *("--api", settings.crm_url),
            *("--site-url", settings.site_url),
        ),
    )


def site_folder(settings: Settings) -> Path:
    return settings.data_dir / "site"
