"""The configuration of the service, read once; all errors are reported together."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from crm import __version__
from crm.environment import MAKE_ONE, MIN_SECRET, EnvironmentReader
from shared import server_urls, site_config

Environment = Literal["development", "production", "test"]

WEAK_PASSWORDS = frozenset(
    {
        "password", "changeme", "change-me", "admin", "secret", "set securely", "correct horse",
        "a-long-sentence-of-your-own",
    }
)  # fmt: skip
EXAMPLE_SECRET = "replace-this"  # noqa: S105 how the one of .env.example begins
MIN_PASSWORD = 12


class ConfigError(Exception):
    """One or more variables are missing or wrong; `errors` holds a sentence for each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`api_rate` is requests a minute for one key, `enquiry_rate` enquiries in ten minutes from one address.

    `database_limit_mb` is what the plan of the host allows, 0 where that is not known.
    None and empty mean switched off: no signed enquiry is believed, no figures, errors or signs of life leave, and
    nobody signs in through an OpenID provider. `oidc_name` is what the sign-in page calls it.
    """

    environment: Environment
    database_url: str
    migration_database_url: str
    host: str
    port: int
    base_url: str
    site_url: str
    origins: tuple[str, ...]
    session_secret: str
    sealing_keys: tuple[str, ...]
    admin_email: str
    admin_password: str
    trusted_proxies: int
    worker: Literal["embedded", "separate"]
    webhooks_allow_loopback: bool
    pool_size: int
    max_connections: int
    api_rate: int
    enquiry_rate: int
    redis_url: str
    resend_api_key: str
    smtp_url: str
    mail_from: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str
    mail_inbound: str
    mail_inbound_secret: str
    mail_auth_server: str
    resend_webhook_secret: str
    synthetic_key: str | None
    metrics_token: str | None
    sentry_dsn: str
    heartbeat_url: str
    database_limit_mb: int
    file_limit_mb: int
    files_url: str
    log_level: str
    version: str
    commit: str
    site: site_config.SiteConfig

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """True where people reach the pages over https, so cookies may be bound to it."""
        return self.base_url.startswith("https://")


def _first(environ: Mapping[str, str], *names: str) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def commit_of(environ: Mapping[str, str]) -> str:
    """The commit that runs: set by the host, or asked of git on a laptop; empty where neither knows."""
    commit = _first(environ, "RAILWAY_GIT_COMMIT_SHA", "COMMIT_SHA", "GITHUB_SHA")
    if commit:
        return commit
    here = Path(__file__).resolve().parent
    try:
        asked = subprocess.run(
            ["git", "-C", str(here), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _check_production(read: EnvironmentReader, session_secret: str, admin_password: str, base_url: str) -> None:
    if len(session_secret) < MIN_SECRET or session_secret.startswith(EXAMPLE_SECRET):
        read.errors.append(
            f"SESSION_SECRET is missing, an example, or shorter than {MIN_SECRET} characters. Make one with: {MAKE_ONE}"
        )
    if admin_password and (len(admin_password) < MIN_PASSWORD or admin_password.lower() in WEAK_PASSWORDS):
        read.errors.append(f"ADMIN_PASSWORD is a default or shorter than {MIN_PASSWORD} characters. Choose another.")
    if not base_url.startswith("https://"):
        read.errors.append("CRM_BASE_URL must begin with https:// in production.")


def _check_oidc(read: EnvironmentReader, issuer: str, *, live: bool) -> None:
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "https" if live else "http") or not parts.hostname or parts.query:
        read.errors.append(f"OIDC_ISSUER is {issuer!r}. Give it as the provider writes it; it begins with https://.")
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        if not read.text(name):
            read.errors.append(f"{name} is missing. Copy it from the OpenID provider, or leave OIDC_ISSUER empty.")


def load(environ: Mapping[str, str] | None = None, *, database_url: str | None = None) -> Config:
    """Read the environment (default: this process's). `database_url` stands in for DATABASE_URL.

    Raises `ConfigError` with every error found.
    """
    environ = os.environ if environ is None else environ
    read = EnvironmentReader(environ)
    facts = _facts(read)
    named = _first(environ, "APP_ENV", "NODE_ENV") or "development"
    environment = msgspec.convert(
        named if named in ("development", "production", "test") else "development", Environment
    )
    if environment != named:
        read.errors.append(f"APP_ENV is {named!r}. Give one of: development, production, test.")
    database_url = database_url or read.text("DATABASE_URL")
    if not database_url.startswith(("postgres://", "postgresql://")):
        read.errors.append(
            "DATABASE_URL is missing. Give an address such as postgresql://user:password@host:5432/name."
        )
    elif error := server_urls.error(database_url, ("postgresql", "postgres")):
        read.errors.append(f"DATABASE_URL {error}")
    live = environment == "production"
    port = read.number("PORT", 8000, 1, 65535)
    base_url = read.url("CRM_BASE_URL", facts.crm_url if live else f"http://localhost:{port}")
    site_url = read.url("SITE_URL", facts.url if live else "http://localhost:8080")
    # A final slash is part of the issuer, where the provider writes one.
    if oidc_issuer := read.text("OIDC_ISSUER"):
        _check_oidc(read, oidc_issuer, live=live)
    session_secret = read.text("SESSION_SECRET")
    admin_password = read.text("ADMIN_PASSWORD")
    if live:
        _check_production(read, session_secret, admin_password, base_url)
    config = Config(
        environment=environment,
        database_url=database_url,
        migration_database_url=read.server("MIGRATION_DATABASE_URL", "postgresql", "postgres") or database_url,
        host=read.text("HOST", "0.0.0.0" if live else "127.0.0.1"),  # noqa: S104 a container listens on all addresses
        port=port,
        base_url=base_url,
        site_url=site_url,
        origins=read.urls("CORS_ORIGIN", site_url),
        # Without a secret a development server still runs; its sessions end with it.
        session_secret=session_secret or secrets.token_urlsafe(48),
        sealing_keys=read.keys("SEALING_KEYS"),
        admin_email=read.text("ADMIN_EMAIL").lower(),
        admin_password=admin_password,
        trusted_proxies=read.number("TRUSTED_PROXIES", 1 if live else 0, 0, 10),
        worker="separate" if read.choice("WORKER", "embedded", ("embedded", "separate")) == "separate" else "embedded",
        webhooks_allow_loopback=read.flag("WEBHOOKS_ALLOW_LOOPBACK"),
        pool_size=read.number("DATABASE_POOL_SIZE", 10, 2, 200),
        max_connections=read.number("MAX_CONNECTIONS", 800, 10, 100_000),
        api_rate=read.number("API_RATE_LIMIT", 3000, 1, 100_000_000),
        enquiry_rate=read.number("ENQUIRY_RATE_LIMIT", 10, 1, 100_000_000),
        redis_url=read.server("REDIS_URL", "redis", "rediss", "unix"),
        resend_api_key=read.text("RESEND_API_KEY"),
        smtp_url=read.server("SMTP_URL", "smtp", "smtps"),
        mail_from=read.text("MAIL_FROM", facts.organization.sender),
        oidc_issuer=oidc_issuer,
        oidc_client_id=read.text("OIDC_CLIENT_ID"),
        oidc_client_secret=read.text("OIDC_CLIENT_SECRET"),
        oidc_name=read.text("OIDC_NAME", urlsplit(oidc_issuer).hostname or ""),
        mail_inbound=read.email("MAIL_INBOUND"),
        mail_inbound_secret=read.webhook_secret("MAIL_INBOUND_SECRET"),
        mail_auth_server=read.text("MAIL_AUTH_SERVER"),
        resend_webhook_secret=read.webhook_secret("RESEND_WEBHOOK_SECRET"),
        synthetic_key=read.secret("SYNTHETIC_KEY"),
        metrics_token=read.secret("METRICS_TOKEN"),
        sentry_dsn=read.dsn("SENTRY_DSN"),
        heartbeat_url=read.heartbeat_url("HEARTBEAT_URL"),
        database_limit_mb=read.number("DATABASE_LIMIT_MB", 0, 0, 100_000_000),
        files_url=read.object_store("FILES_URL"),
        file_limit_mb=read.number("FILE_LIMIT_MB", 10, 1, 100),
        log_level=read.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
        version=__version__,
        commit=commit_of(environ),
        site=facts,
    )
    if config.webhooks_allow_loopback and live:
        read.errors.append("WEBHOOKS_ALLOW_LOOPBACK is for a laptop. Remove it in production.")
    if read.errors:
        raise ConfigError(read.errors)
    return config


def _facts(read: EnvironmentReader) -> site_config.SiteConfig:
    try:
        return site_config.load()
    except site_config.SiteConfigError as error:
        read.errors.append(str(error))
        raise ConfigError(read.errors) from error
