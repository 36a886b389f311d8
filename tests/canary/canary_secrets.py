"""A canary for every variable that holds a secret, and how one is recognized in whatever form it leaves the process."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec

from crm.config import Config

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())

PUBLIC = {
    "environment", "host", "base_url", "site_url", "origins", "admin_email", "mail_from", "log_level",
    "version", "commit", "mail_inbound", "mail_auth_server", "oidc_issuer", "oidc_client_id", "oidc_name",
    "files_url",
}  # fmt: skip
"""Fields of the configuration that hold text and may be shown to anybody who runs the service."""

MINIMUM_LENGTH = 10
"""So many characters of a canary in a row count as the canary: what is cut short shows enough."""


def list_text_fields() -> set[str]:
    """Fields that hold text, and so could hold a secret."""
    return {field.name for field in msgspec.structs.fields(Config) if "str" in str(field.type)} | {"environment"}


def list_secret_fields() -> set[str]:
    """The fields that are not public. A new one is secret until PUBLIC says otherwise."""
    return {name for name in list_text_fields() if name not in PUBLIC}


class CanarySecrets:
    """The canaries of one service: `environment` to start it with, and `leaks` for all that came out of it."""

    def __init__(self, database_url: str, smtp_port: int, sentry_port: int, closed_port: int) -> None:
        self.canaries: dict[str, str] = {}
        variables = {
            "SESSION_SECRET": self.new("SESSION_SECRET", 48),
            "ADMIN_PASSWORD": self.new("ADMIN_PASSWORD"),
            "SEALING_KEYS": ",".join(self._sealing_key(number) for number in (1, 2)),
            "DATABASE_URL": database_url.replace("postgres@", f"postgres:{self.new('DATABASE_URL')}@", 1),
            "MIGRATION_DATABASE_URL": database_url.replace(
                "postgres@", f"postgres:{self.new('MIGRATION_DATABASE_URL')}@", 1
            ),
            "REDIS_URL": f"redis://:{self.new('REDIS_URL')}@127.0.0.1:{closed_port}/0",
            "RESEND_API_KEY": f"re_{self.new('RESEND_API_KEY')}",
            "MAIL_INBOUND_SECRET": self._webhook_secret("MAIL_INBOUND_SECRET"),
            "RESEND_WEBHOOK_SECRET": self._webhook_secret("RESEND_WEBHOOK_SECRET"),
            "SMTP_URL": f"smtp://ada:{self.new('SMTP_URL')}@127.0.0.1:{smtp_port}",
            "SYNTHETIC_KEY": self.new("SYNTHETIC_KEY", 43),
            "METRICS_TOKEN": self.new("METRICS_TOKEN", 43),
            "SENTRY_DSN": f"http://{self.new('SENTRY_DSN')}@127.0.0.1:{sentry_port}/1",
            "HEARTBEAT_URL": f"http://127.0.0.1:{closed_port}/{self.new('HEARTBEAT_URL')}",
        }
        # Secrets of other programs, which a host may give to the service as well.
        variables |= {name: self.new(name) for name in _list_other_variables() if name not in variables}
        self.environment: Mapping[str, str] = variables

    def new(self, name: str, length: int = 24) -> str:
        self.canaries[name] = secrets.token_hex(length)[:length]
        return self.canaries[name]

    def _webhook_secret(self, name: str) -> str:
        key = base64.b64encode(secrets.token_bytes(33)).decode()
        self.canaries[name] = key
        return f"whsec_{key}"

    def _sealing_key(self, number: int) -> str:
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self.canaries[f"SEALING_KEYS {number}"] = key
        return key

    def find_leaks(self, output: bytes, but: tuple[str, ...] = ()) -> list[str]:
        """Names of the canaries, and the form each has taken, that are in `output`."""
        found = [
            f"{name}, {form}"
            for name, canary in self.canaries.items()
            for form, shape in list_forms(canary)
            if name not in but and shape in output
        ]
        return list(dict.fromkeys(found))


def list_forms(canary: str) -> Iterator[tuple[str, bytes]]:
    """Everything a canary may have become: itself, any part of it that says enough, quoted, in digits, in base 64."""
    raw = canary.encode()
    for start in range(len(raw) - MINIMUM_LENGTH + 1):
        yield "plain", raw[start : start + MINIMUM_LENGTH]
    yield "quoted", quote(canary, safe="").encode()
    yield "quoted", quote_plus(canary).encode()
    yield "in JSON", json.dumps(canary)[1:-1].encode()
    yield "in digits", raw.hex().encode()
    yield "in digits", raw.hex().upper().encode()
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield f"in base 64 from {offset}", _trim_encoded(encode(bytes(offset) + raw), offset, len(raw))


def _trim_encoded(encoded: bytes, offset: int, length: int) -> bytes:
    """The letters that do not depend on what stands before and after: a letter has six bits."""
    return encoded[-(-offset * 8 // 6) : (offset + length) * 8 // 6]


def _list_other_variables() -> list[str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^([A-Z][A-Z0-9_]*(?:KEY|KEYS|SECRET|TOKEN|PASSWORD|IDENTITY))=", text, re.MULTILINE)
    return [*named, "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "RAILWAY_API_TOKEN", "PGPASSWORD"]
