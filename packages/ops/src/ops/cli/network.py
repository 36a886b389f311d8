"""Whether this machine reaches anything outside, asked once something outside did not answer."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ops.cli.errors import NoNetworkError

CONTROLS = (("1.1.1.1", 443), ("9.9.9.9", 443), ("8.8.8.8", 443))
"""Public resolvers by address: a host name could not be resolved without a network."""

TIMEOUT_S = 2.0


def has_network(controls: Sequence[tuple[str, int]] = CONTROLS, timeout_s: float = TIMEOUT_S) -> bool:
    """Returns whether one of the control hosts takes a connection within `timeout_s` seconds."""

    def connects(address: tuple[str, int]) -> bool:
        try:
            socket.create_connection(address, timeout_s).close()
        except OSError:
            return False
        return True

    with ThreadPoolExecutor(len(controls)) as pool:
        return any(pool.map(connects, controls))


def require_network(controls: Sequence[tuple[str, int]] = CONTROLS) -> None:
    """Raises `NoNetworkError` where this machine reaches none of the control hosts."""
    if not has_network(controls):
        raise NoNetworkError
