"""Users: their accounts, their sessions, and who signed in."""

from crm.accounts.auth.actions import create_user, ensure_admin, reset_password
from crm.accounts.auth.authenticate import authenticate
from crm.accounts.auth.models import User
from crm.accounts.auth.post_once import post_once
from crm.accounts.auth.queries import list_name_words, list_users, read_emails

__all__ = [
    "User",
    "authenticate",
    "create_user",
    "ensure_admin",
    "list_name_words",
    "list_users",
    "post_once",
    "read_emails",
    "reset_password",
]
