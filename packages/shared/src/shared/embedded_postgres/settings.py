"""How the embedded server is set: small enough for a laptop, and as safe with data as a real one."""

from __future__ import annotations

DATABASE = "octatech"
"""The database that every new cluster contains."""

PORT = 5432
"""Part of the socket's file name only; the server does not listen on TCP."""

LAPTOP = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "client_connection_check_interval": "10s",
}

FOR_TESTS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
}
"""For data that nobody misses. What is committed still survives the kill of any process, though not a power cut."""

INITDB = (
    "--username=postgres",
    "--auth=trust",  # the socket's folder admits one user only
    "--data-checksums",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
)

BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""The same order of text on every system. PostgreSQL has it since version 17."""
