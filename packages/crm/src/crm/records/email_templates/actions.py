"""What happens to templates."""

from __future__ import annotations

from typing import Any

import msgspec

from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.paging import MAX_LIMIT, Where
from crm.records import change_sets
from crm.records.base import changed_values, table
from crm.records.email_templates.models import EmailTemplate
from crm.records.email_templates.placeholders import find_error

TABLE = table(
    "template", "email_templates", EmailTemplate, sorts=["name", "created_at", "updated_at"], default_sort="name"
)

get, lock = TABLE.get, TABLE.lock


async def list_all(connection: Connection) -> list[EmailTemplate]:
    """All templates by name, as far as a list shows them."""
    return (await TABLE.page(connection, Where(), limit=MAX_LIMIT)).data


async def create(connection: Connection, form: msgspec.Struct, **_: Any) -> EmailTemplate:
    """Add a template. Raises `ValidationError` for an unknown placeholder or a name that is taken."""
    values = {name: getattr(form, name) for name in ("name", "subject", "body")}
    _check(values)
    template = await TABLE.insert(connection, values, unique="name")
    if template is None:
        raise _taken_error()
    return template


async def change(connection: Connection, template: EmailTemplate, form: msgspec.Struct, **_: Any) -> EmailTemplate:
    """Change a template that `lock` returned. Raises `ValidationError` as `create` does."""
    values = changed_values(template, form)
    _check(values)
    if "name" in values and await TABLE.find_by(connection, "name", values["name"]):
        raise _taken_error()
    return await TABLE.update(connection, template, values) if values else template


async def delete(connection: Connection, template: EmailTemplate, **_: Any) -> None:
    """Delete a template. What was written with it stays."""
    await TABLE.delete(connection, template.id)
    await change_sets.record(
        connection, TABLE.noun, template.id, "deleted", name=template.name, before=msgspec.to_builtins(template)
    )


def _check(values: dict[str, Any]) -> None:
    errors = [FieldError(name, error) for name in ("subject", "body") if (error := find_error(values.get(name, "")))]
    if errors:
        raise ValidationError(errors)


def _taken_error() -> ValidationError:
    return ValidationError([FieldError("name", "Another template has this name. Choose another one.")])
