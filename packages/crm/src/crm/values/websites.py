"""The address of a website."""

from __future__ import annotations

from urllib.parse import urlsplit

from crm.values.characters import remove_format_characters
from crm.values.domains import normalize_host

_ERROR = "Enter a web address, such as https://acme.example."


def normalize_website(text: str) -> str:
    """The URL in `text`; `acme.example` is `https://acme.example`. Raises `ValueError` for other schemes."""
    plain = remove_format_characters(text).strip()
    if not plain:
        return ""
    if plain.startswith("//"):
        plain = f"https:{plain}"
    elif "://" not in plain:
        plain = f"https://{plain}"
    try:
        parts = urlsplit(plain)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_ERROR) from None
    if parts.scheme not in ("http", "https") or parts.username is not None or any(map(str.isspace, plain)):
        raise ValueError(_ERROR)
    place = normalize_host(host, _ERROR) + (f":{port}" if port is not None else "")
    return parts._replace(netloc=place).geturl()
