"""Roles, and what each may do. The route table names the permission of every page; a scope of the API implies one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from crm.kernel.errors import ForbiddenError

Role = Literal["owner", "member", "viewer"]
Permission = Literal["own", "read", "write", "manage"]

ALLOWED: Mapping[Role, frozenset[Permission]] = {
    "viewer": frozenset({"own", "read"}),
    "member": frozenset({"own", "read", "write"}),
    "owner": frozenset({"own", "read", "write", "manage"}),
}
"""`own` is one's own account, `read` and `write` are the records, `manage` is everything that concerns all people."""
LABELS: Mapping[Role, tuple[str, str]] = {
    "owner": ("Owner", "Can do everything, including the team, API keys and settings."),
    "member": ("Member", "Works with leads, contacts and companies."),
    "viewer": ("Viewer", "Sees all records and changes none."),
}
"""The name of each role, and what it means."""
_MANAGED = frozenset({"webhooks", "operations", "audit", "stages:write", "choices:write"})
_REFUSED: Mapping[Permission, str] = {
    "write": "Only members and owners can change records.",
    "manage": "Only owners can do this.",
}


def of_scope(scope: str) -> Permission:
    """The permission that a scope of the API needs."""
    resource, _, access = scope.partition(":")
    if resource in _MANAGED or scope in _MANAGED:
        return "manage"
    return "read" if access == "read" else "write"


def is_allowed(role: Role, permission: Permission) -> bool:
    """Whether people with this role have the permission."""
    return permission in ALLOWED[role]


def check(role: Role, permission: Permission) -> None:
    """Raise `ForbiddenError` if people with this role lack the permission."""
    if not is_allowed(role, permission):
        raise ForbiddenError(f"{_REFUSED[permission]} Your role is {role}. Ask an owner to change it.")
