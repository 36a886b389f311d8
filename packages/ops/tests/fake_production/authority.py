"""A certificate authority for tests. Its certificates last as long as those of Let's Encrypt, or as a test wants."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

DAYS = 90


class Authority:
    """A root that clients trust, and one below it that signs, as public authorities are built."""

    def __init__(self) -> None:
        self.root = trustme.CA(organization_name="Fake production")
        self.signing = self.root.create_child_ca()

    def write(self, path: Path) -> None:
        """Writes what a client must trust."""
        self.root.cert_pem.write_to_path(path)

    def issue(self, *names: str, days: float = DAYS, chain: bool = True, by: trustme.CA | None = None) -> Context:
        """A server's side of TLS for these names. Without `chain` the certificate that signed is not sent."""
        start = datetime.now(UTC) - timedelta(days=DAYS)
        certificate = (by or self.signing).issue_cert(
            *names, not_before=start, not_after=datetime.now(UTC) + timedelta(days=days)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The edge decides which versions it speaks; a certificate must allow old ones.
        context.set_ciphers("ALL:@SECLEVEL=0")
        if chain:
            certificate.configure_cert(context)
        else:
            with certificate.private_key_and_cert_chain_pem.tempfile() as whole:
                alone = Path(whole).with_suffix(".alone")
                key = certificate.private_key_pem.bytes()
                alone.write_bytes(key + certificate.cert_chain_pems[0].bytes())
                context.load_cert_chain(alone)
                alone.unlink()
        return context


Context = ssl.SSLContext
