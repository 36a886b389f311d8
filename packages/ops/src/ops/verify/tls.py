"""Checks of TLS: whether each host proves its name with a chain that browsers trust, how long, in which versions."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from ops.verify import handshake
from ops.verify.checks import Broken, Check, Group, Lane, Skipped, alone
from ops.verify.handshake import Shown
from ops.verify.target import Target

DAYS_LEFT = 21
"""Let's Encrypt's certificates last 90 days and both hosts renew them at 30 left: below this, renewal is failing."""

PAGES_FIX = "GitHub: Settings, Pages, remove the custom domain and add it again, and wait up to an hour."
SERVICE_FIX = "Railway: Settings, Networking, look at what the domain says; its CNAME and its TXT must both be there."
ALSO = "Ask for the names as well: `ops verify --only dns`; CAA must allow letsencrypt.org."

Told = TypeVar("Told")


class Silent(Broken):
    """A host shakes no hand at all."""


class Host(NamedTuple):
    name: str
    port: int
    fix: str


class Tls:
    def __init__(self, target: Target, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.target = target
        self.now = now
        self.hosts = _hosts(target)

    def lanes(self) -> list[Lane]:
        return alone(
            Group.TLS,
            [
                Check("certificates", "Every host proves its name with a chain that browsers trust", self.certificates),
                Check("days left", f"Every certificate lasts {DAYS_LEFT} days more", self.days),
                Check("TLS versions", "TLS 1.2 or 1.3 is spoken, and nothing older", self.versions),
            ],
        )

    # Made when first asked for: reading every authority of a machine takes its time.

    @cached_property
    def _timeless(self) -> ssl.SSLContext:
        return handshake.timeless(self.target)

    @cached_property
    def _anybody(self) -> ssl.SSLContext:
        return handshake.anybody()

    @cached_property
    def _outdated(self) -> ssl.SSLContext:
        return handshake.outdated()

    async def certificates(self) -> str:
        await self._each(self._proves)
        return ", ".join(host.name for host in self.hosts)

    async def days(self) -> str:
        return f"{min(await self._each(self._lasts, silent_too=False))} days and more"

    async def versions(self) -> str:
        if not ssl.HAS_TLSv1_1:
            raise Skipped("OpenSSL on this machine cannot speak what should be refused")
        told = await self._each(self._speaks, silent_too=False)
        return f"{', '.join(sorted(set(told)))}; nothing older"

    async def _each(self, ask: Callable[[Host], Awaitable[Told]], *, silent_too: bool = True) -> list[Told]:
        """All hosts at once. Raises `Broken` with everything that is wrong, and what to do about it.

        A silent host is told of once, by the check of certificates; the others pass over it unless all are silent.
        """
        if not self.hosts:
            raise Skipped("nothing here speaks TLS")
        told = await asyncio.gather(*(ask(host) for host in self.hosts), return_exceptions=True)
        if not silent_too and any(not isinstance(each, Silent) for each in told):
            told = [each for each in told if not isinstance(each, Silent)]
        faults = [fault for fault in told if isinstance(fault, Broken)]
        for other in told:
            if isinstance(other, BaseException) and not isinstance(other, Broken):
                raise other
        if faults:
            fixes = dict.fromkeys(fault.hint for fault in faults)
            raise Broken("; ".join(str(fault) for fault in faults), " ".join((*fixes, ALSO)))
        return [each for each in told if not isinstance(each, BaseException)]

    async def _proves(self, host: Host) -> None:
        try:
            await self._shaken(host, self._timeless)
        except ssl.SSLCertVerificationError as fault:
            seen = await self._shaken(host, self._anybody)
            meant = ", ".join(handshake.names(seen.certificate)) or "no host"
            signer = seen.certificate.issuer.rfc4514_string()
            raise Broken(f"{host.name}: {fault.verify_message} (for {meant}, signed by {signer})", host.fix) from fault

    async def _lasts(self, host: Host) -> int:
        end = (await self._shaken(host, self._anybody)).certificate.not_valid_after_utc
        left = (end - self.now()).days
        if left < DAYS_LEFT:
            said = f"ended on {end:%Y-%m-%d}" if left < 0 else f"ends on {end:%Y-%m-%d}, in {left} days"
            raise Broken(f"The certificate of {host.name} {said}", f"It was not renewed. {host.fix}")
        return left

    async def _speaks(self, host: Host) -> str:
        shown = await self._shaken(host, self._anybody)
        try:
            old = await self._shaken(host, self._outdated)
        except (ssl.SSLError, Broken):
            return f"{shown.version}{' with HTTP/2' if shown.protocol == 'h2' else ''}"
        raise Broken(f"{host.name} still speaks {old.version}", "Allow only TLS 1.2 and 1.3 in what stands before it.")

    async def _shaken(self, host: Host, context: ssl.SSLContext) -> Shown:
        try:
            return await handshake.shaken(self.target, host.name, host.port, context)
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, TimeoutError) as fault:
            words = getattr(fault, "reason", "") or type(fault).__name__
            raise Silent(f"{host.name}:{host.port} shakes no hand ({words})", host.fix) from fault


def _hosts(target: Target) -> list[Host]:
    """Every host that is reached over https, once."""
    fixes = {
        target.site_url: PAGES_FIX,
        target.www_url: PAGES_FIX,
        target.blog_host_url: PAGES_FIX,
        target.api_url: SERVICE_FIX,
        target.crm_url: SERVICE_FIX,
    }
    parts = ((urlsplit(url), fix) for url, fix in fixes.items() if url.startswith("https://"))
    return [Host(str(part.hostname), part.port or 443, fix) for part, fix in parts]
