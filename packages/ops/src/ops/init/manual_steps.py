"""What is left to do by hand: the runbook of the first deploy, with the values of `site.toml` filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ops.cli import OpsError
from ops.dns import zone
from ops.dns.records import RecordError
from shared.site_config import SiteConfig

PAGE = Path("docs/runbooks/first-deploy.md")
_PLACEHOLDER = re.compile(r"^(?P<indent> *)\{records\}$|\{(?P<key>[a-z_]+(?:\.[a-z_]+)?)\}", re.MULTILINE)
_STEP = re.compile(r"^(?P<number>\d+)\. (?P<text>.*?)(?=^\d+\. |^##|\Z)", re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"^ *```sh[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


class Step(msgspec.Struct, frozen=True):
    """One step of the page. `commands` are the lines of its shell blocks."""

    number: int
    text: str
    commands: tuple[str, ...]


def render_manual_steps(root: Path, site: SiteConfig) -> str:
    """Returns the runbook with its values. Raises `OpsError` when `site.toml` states a record that cannot be."""
    values = list_values(site)
    records = list_records(site)

    def fill(match: re.Match[str]) -> str:
        if match["key"] is None:
            return "\n".join(match["indent"] + record for record in records)
        return values.get(match["key"], match[0])  # `gh` fills in its own {owner} and {repo}

    return _PLACEHOLDER.sub(fill, (root / PAGE).read_text(encoding="utf-8"))


def list_steps(page: str) -> list[Step]:
    steps = page.partition("\n## Steps\n")[2].partition("\n## ")[0]
    return [
        Step(int(step["number"]), step["text"].strip(), tuple(_list_commands(step["text"])))
        for step in _STEP.finditer(steps)
    ]


def list_values(site: SiteConfig) -> Mapping[str, str]:
    """Returns what the placeholders stand for: each fact by its key in `site.toml`, and what follows from facts."""
    tables = msgspec.to_builtins(site)
    facts = {
        f"{table}.{name}": value
        for table, values in tables.items()
        if isinstance(values, dict)
        for name, value in values.items()
    }
    derived = {"zone": site.zone, "crm_url": site.crm_url, "sender": site.organization.sender}
    return {key: str(value) for key, value in {**facts, **derived, "project": get_project_name(site)}.items()}


def list_records(site: SiteConfig) -> list[str]:
    """Returns the DNS records that `ops dns` creates, and those it awaits with who tells them."""
    try:
        stated = [f"{each.name}  {each.type}  {value}" for each in zone.build_records(site) for value in each.values]
        return stated + [f"{each.name}  {each.type}  (ask {each.source})" for each in zone.list_awaited(site)]
    except RecordError as error:
        raise OpsError(str(error)) from None


def get_project_name(site: SiteConfig) -> str:
    """Returns what `.railway/railway.py` calls the project; its services are named after it."""
    names = (site.organization.name, site.domains.site)
    return next(filter(None, (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in names)))


def _list_commands(text: str) -> list[str]:
    return [line.strip() for block in _SHELL.findall(text) for line in block.splitlines()]
