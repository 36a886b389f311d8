"""The links that write to an address and call a number. No other code builds one."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from crm.values.domains import to_ascii
from crm.values.phones import to_dialed


def mailto_url(email: str, *, subject: str = "", body: str = "") -> str:
    """A `mailto:` link to this one address (RFC 6068). Nothing in the address can add a recipient or a header."""
    local, _, domain = email.rpartition("@")
    try:
        host = to_ascii(domain)
    except UnicodeError:
        host = domain
    fields = urlencode({name: text for name, text in (("subject", subject), ("body", body)) if text}, quote_via=quote)
    return f"mailto:{quote(local, safe='')}@{quote(host, safe='')}" + (f"?{fields}" if fields else "")


def phone_url(phone: str) -> str:
    """A `tel:` link to this number (RFC 3966); empty if nothing in the text can be dialed."""
    dialed = to_dialed(phone)
    return f"tel:{dialed}" if dialed else ""
