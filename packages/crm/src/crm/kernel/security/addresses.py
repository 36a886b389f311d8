"""Who is calling: the peer's address, or what our own proxies say of it."""

from __future__ import annotations

import ipaddress


def client_address(peer: str, forwarded_for: str, trusted_proxies: int) -> str:
    """The client's address, trusting only the `trusted_proxies` last entries of X-Forwarded-For, all lines joined.

    Each proxy appends the address it saw, so with n proxies the n-th entry from the right is the client. The client
    wrote the entries before it. IPv6 clients are identified by their /64, the size of one household.
    """
    seen = peer
    if trusted_proxies:
        hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
        if len(hops) >= trusted_proxies:
            seen = hops[-trusted_proxies]
    # A proxy may add the port: 192.0.2.1:443 or [2001:db8::1]:443.
    if seen.startswith("["):
        seen = seen[1:].partition("]")[0]
    elif seen.count(":") == 1:
        seen = seen.partition(":")[0]
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False).network_address) + "/64"
    return str(address)
