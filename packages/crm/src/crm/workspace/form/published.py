"""Compares the choices of the settings with those of the public form, which the built site publishes."""

from __future__ import annotations

import msgspec

from crm.accounts.form_choices import CHOICE_FIELDS
from crm.config import Config
from crm.kernel.security import outbound
from shared.form_snapshot import MAX_SIZE, FormSnapshot, SnapshotError, list_differences, read_snapshot


class Comparison(msgspec.Struct, frozen=True):
    """How the public form differs, a sentence for each difference; `problem` says why that is unknown."""

    differences: list[str] = []
    problem: str = ""


async def compare(config: Config, current: FormSnapshot) -> Comparison:
    """Read the public form and compare it with the current choices."""
    url = f"{config.site_url}/form.json"
    try:
        answer = await outbound.send(config, "GET", url, {}, b"", limit=MAX_SIZE + 1)
    except outbound.OutboundError as error:
        return Comparison(problem=f"The public site cannot be read. {error.reason}")
    if answer.status == 404:
        return Comparison(problem="The public site does not say yet which choices its form has. Publish it once.")
    if answer.status != 200:
        return Comparison(problem=f"The public site cannot be read. It answered {answer.status}.")
    try:
        published = read_snapshot(answer.content)
    except SnapshotError as error:
        return Comparison(problem=f"{url} does not hold the choices of the form. {error}")
    labels = {name: field.short_label for name, field in CHOICE_FIELDS.items()}
    return Comparison(list_differences(published, current, labels))
