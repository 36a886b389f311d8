"""What `ops dev` says: steps with their times, the addresses, the sign-in. Plain text where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from ops.dev.settings import Part, Settings
from ops.dev.signin import SignIn


class Screen:
    def __init__(self) -> None:
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(highlight=False, soft_wrap=True, stderr=True)
        self.began = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tells when a step is done, and how long it took."""
        began = time.monotonic()
        yield
        self.out.print(f"  [green]✓[/] {name:<16} [dim]{time.monotonic() - began:4.1f} s[/]")

    def ready(self, settings: Settings, sign_in: SignIn) -> None:
        self.out.print()
        self.out.print(_addresses(settings, sign_in))
        if sign_in.ignored:
            self.note(
                f"ADMIN_PASSWORD is not what {sign_in.email} was let in with. Change a password on the profile page."
            )
        self.out.print()
        seconds = time.monotonic() - self.began
        self.out.print(
            f"[bold green]Ready[/] in {seconds:.1f} s. Ctrl-C stops everything; the data stays in {settings.data_dir}."
        )

    def note(self, line: str) -> None:
        self.out.print(f"[dim]{line}[/]")

    def trouble(self, text: str) -> None:
        """The first line is what is wrong, the rest is evidence."""
        first, *rest = text.splitlines()
        self.err.print(f"[bold red]✗[/] {_plain(first)}")
        for line in rest:
            self.err.print(_plain(line), style="dim")


def _plain(text: str) -> str:
    """Square brackets in what others say are not our mark-up."""
    return text.replace("[", r"\[")


def _addresses(settings: Settings, sign_in: SignIn) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    if Part.SITE in settings.parts:
        table.add_row("Landing page", f"{settings.site_url}/")
        table.add_row("Blog", f"{settings.site_url}/blog/")
    if Part.CRM in settings.parts:
        table.add_row("CRM", f"{settings.crm_url}/")
        table.add_row("API", f"{settings.crm_url}/api/docs")
        table.add_row("Health", f"{settings.crm_url}/api/v1/health")
        table.add_row("Sign in as", _plain(sign_in.email))
        table.add_row("Password", _plain(sign_in.password))
    table.add_row("Logs", str(settings.data_dir / "logs"))
    return table
