"""The company domain of an e-mail address. Domains of free-mail providers are no company's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("free_mail.txt")


def domain_of(email: str) -> str:
    """The domain of an address as a company's: in small letters; empty for a free-mail provider or no address."""
    _, at, domain = email.strip().lower().rpartition("@")
    domain = domain.rstrip(".")
    if not at or "." not in domain or is_free(domain):
        return ""
    return domain


def is_free(domain: str) -> bool:
    """True if anybody can get a mailbox there."""
    names, families = _free_mail()
    return domain in names or domain.partition(".")[0] in families


@cache
def _free_mail() -> tuple[frozenset[str], frozenset[str]]:
    lines = [line.strip() for line in LIST.read_text(encoding="utf-8").splitlines()]
    listed = [line for line in lines if line and not line.startswith("#")]
    families = frozenset(line.removesuffix(".*") for line in listed if line.endswith(".*"))
    return frozenset(line for line in listed if not line.endswith(".*")), families
