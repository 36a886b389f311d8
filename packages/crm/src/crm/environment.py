"""Reads variables of the environment, and says of each wrong one what it should be."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from shared import heartbeat_urls, object_stores, server_urls

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_EMAIL = re.compile(r"[A-Za-z0-9._-]{1,30}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,}")
MIN_SECRET = 32
MAKE_ONE = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


class EnvironmentReader:
    """Reads one variable after the other. `errors` holds a sentence for each that is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.errors: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        raw = self.text(name, str(default))
        if not raw.isdecimal() or not least <= int(raw) <= most:
            self.errors.append(f"{name} is {raw!r}. Give a whole number from {least} to {most}.")
            return default
        return int(raw)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        raw = self.text(name, default)
        if raw not in allowed:
            self.errors.append(f"{name} is {raw!r}. Give one of: {', '.join(allowed)}.")
            return default
        return raw

    def flag(self, name: str) -> bool:
        return self.choice(name, "0", ("0", "1", "true", "false")) in ("1", "true")

    def url(self, name: str, default: str) -> str:
        raw = self.text(name, default).rstrip("/")
        parts = urlsplit(raw)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self.errors.append(
                f"{name} is {raw!r}. Give an address that begins with https:// (or http:// on a laptop)."
            )
        return raw

    def urls(self, name: str, default: str) -> tuple[str, ...]:
        return tuple(self._origin(name, part) for part in self.text(name, default).split(",") if part.strip())

    def secret(self, name: str) -> str | None:
        raw = self.text(name)
        if raw and len(raw) < MIN_SECRET:
            self.errors.append(f"{name} is shorter than {MIN_SECRET} characters. Make one with: {MAKE_ONE}")
        return raw or None

    def webhook_secret(self, name: str) -> str:
        """A secret by Standard Webhooks: `whsec_` and at least 24 bytes in base 64."""
        raw = self.text(name)
        try:
            size = len(base64.b64decode(raw.removeprefix("whsec_") + "==", validate=False)) if raw else 24
        except ValueError:
            size = 0
        if size < 24 or (raw and not raw.startswith("whsec_")):
            self.errors.append(f"{name} is no secret of a webhook. Give whsec_ and at least 24 bytes in base 64.")
        return raw

    def email(self, name: str) -> str:
        raw = self.text(name)
        if raw and not _EMAIL.fullmatch(raw):
            self.errors.append(f"{name} is {raw!r}. Give one address without + such as crm@in.example.org, or nothing.")
        return raw

    def sealed_url(self, name: str) -> str:
        """An address that is a secret itself, so an error does not repeat it."""
        raw = self.text(name).rstrip("/")
        parts = urlsplit(raw)
        if raw and (parts.scheme not in ("http", "https") or not parts.hostname):
            self.errors.append(f"{name} is no address. Give one that begins with https://, or nothing.")
        return raw

    def heartbeat_url(self, name: str) -> str:
        """One URL, or `job=URL` pairs with blanks between them. All are secrets, so an error repeats none."""
        raw = self.text(name)
        urls = [urlsplit(url) for url in heartbeat_urls.list_urls(raw)]
        if not all(url.scheme in ("http", "https") and url.hostname for url in urls):
            self.errors.append(f"{name} is no URL, and no list of job=URL. Give URLs that begin with https://.")
        return raw

    def server(self, name: str, *schemes: str) -> str:
        """An address that may hold a password. Drivers quote what they cannot read, so it is judged before them."""
        raw = self.text(name)
        if raw and (error := server_urls.error(raw, schemes)):
            self.errors.append(f"{name} {error}")
        return raw

    def object_store(self, name: str) -> str:
        """The address of a folder or bucket; the variables of its cloud must be there too."""
        raw = self.text(name)
        self.errors += object_stores.find_errors(name, raw, self.environ) if raw else []
        if raw and find_spec("obstore") is None:
            self.errors.append(f"{name} needs the package obstore. Build the image with {name} as a build argument.")
        return raw

    def keys(self, name: str) -> tuple[str, ...]:
        found = tuple(key.strip() for key in self.text(name).split(",") if key.strip())
        if not all(_KEY.fullmatch(key) for key in found):
            self.errors.append(f"{name} holds what is no key: give 32 bytes each in URL-safe base 64, comma between.")
        return found

    def dsn(self, name: str) -> str:
        raw = self.sealed_url(name)
        parts = urlsplit(raw)
        if parts.hostname and not (parts.username and parts.path.rpartition("/")[2].isdecimal()):
            self.errors.append(f"{name} is no DSN. Copy it from the client keys of the project, or give nothing.")
        return raw

    def _origin(self, name: str, raw: str) -> str:
        origin = raw.strip().rstrip("/")
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            self.errors.append(
                f"{name} holds {origin!r}. Give origins such as https://example.org, comma between them."
            )
        return origin
