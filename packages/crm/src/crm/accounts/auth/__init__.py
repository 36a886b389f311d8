"""Users: their accounts, their sessions, and the access check of every page."""

from crm.accounts.auth.actions import create_user, ensure_admin, reset_password
from crm.accounts.auth.authenticate import person
from crm.accounts.auth.queries import find, list_users

__all__ = [
    "create_user",
    "ensure_admin",
    "find",
    "list_users",
    "person",
    "reset_password",
]
