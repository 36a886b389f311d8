"""Users: their accounts, their sessions, and who signed in."""

from crm.accounts.auth.actions import change_password, change_profile, create_user, ensure_admin, reset_password
from crm.accounts.auth.authenticate import authenticate, session_of, user_of
from crm.accounts.auth.models import Session, User
from crm.accounts.auth.queries import find, list_users
from crm.accounts.auth.sessions import cookie_name, start_session

__all__ = [
    "Session",
    "User",
    "authenticate",
    "change_password",
    "change_profile",
    "cookie_name",
    "create_user",
    "ensure_admin",
    "find",
    "list_users",
    "reset_password",
    "session_of",
    "start_session",
    "user_of",
]
