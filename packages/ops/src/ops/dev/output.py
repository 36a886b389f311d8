"""What `ops dev` prints: steps with their durations, the URLs, the sign-in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.table import Table
from rich.text import Text

from ops.cli import CliOutput
from ops.dev.dev_credentials import Credentials
from ops.dev.settings import Part, Settings


class DevOutput(CliOutput):
    def __init__(self) -> None:
        super().__init__()
        self._started = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Prints how long a step took, once it is done."""
        started = time.monotonic()
        yield
        self.print(Text.assemble(("  ✓", "green"), f" {name:<16} {time.monotonic() - started:4.1f} s"))

    def ready(self, settings: Settings, credentials: Credentials) -> None:
        """Prints where everything is, then `Ready`."""
        self.print()
        self.print(_list_urls(settings, credentials))
        if credentials.ignored:
            self.note(
                f"ADMIN_PASSWORD is not the password of {credentials.email}. Change a password on the profile page."
            )
        seconds = time.monotonic() - self._started
        self.print(Text(f"\nReady in {seconds:.1f} s. Ctrl-C stops everything; the data stays in {settings.data_dir}."))


def _list_urls(settings: Settings, credentials: Credentials) -> Table:
    rows = []
    if Part.SITE in settings.parts:
        rows += [("Landing page", f"{settings.site_url}/"), ("Blog", f"{settings.site_url}/blog/")]
    if Part.CRM in settings.parts:
        rows += [
            ("CRM", f"{settings.crm_url}/"),
            ("API", f"{settings.crm_url}/api/docs"),
            ("Health", f"{settings.crm_url}/api/v1/health"),
            ("Sign in as", credentials.email),
            ("Password", credentials.password),
        ]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in [*rows, ("Logs", str(settings.data_dir / "logs"))]:
        table.add_row(name, Text(value))
    return table
