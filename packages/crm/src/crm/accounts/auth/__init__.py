"""Users: their accounts, their sessions, and who signed in."""

from crm.accounts.auth.actions import (
    add_user,
    create_user,
    ensure_admin,
    looks_like_email,
    normalize_email,
    reset_password,
)
from crm.accounts.auth.authenticate import authenticate, session_of
from crm.accounts.auth.confirm import ConfirmationRequiredError, check_confirmed
from crm.accounts.auth.confirm import handle_required as handle_confirmation_required
from crm.accounts.auth.hashing import hash_password
from crm.accounts.auth.kept_forms import safe_target
from crm.accounts.auth.models import User
from crm.accounts.auth.passwords import find_error as find_password_error
from crm.accounts.auth.passwords import normalize as normalize_password
from crm.accounts.auth.post_once import post_once
from crm.accounts.auth.queries import (
    count_owners,
    find_assignable,
    list_assignable,
    list_name_words,
    list_users,
    lock_user,
    read_emails,
    set_disabled,
    set_role,
)
from crm.accounts.auth.queries import find_user as find_by_email
from crm.accounts.auth.recovery import build_link_for as build_password_link
from crm.accounts.auth.sessions import end_all as end_all_sessions
from crm.accounts.auth.start_session import add_cookies, start_session
from crm.accounts.auth.totp import remove as remove_second_factor
from crm.accounts.auth.totp import rotate_keys

__all__ = [
    "ConfirmationRequiredError",
    "User",
    "add_cookies",
    "add_user",
    "authenticate",
    "build_password_link",
    "check_confirmed",
    "count_owners",
    "create_user",
    "end_all_sessions",
    "ensure_admin",
    "find_assignable",
    "find_by_email",
    "find_password_error",
    "handle_confirmation_required",
    "hash_password",
    "list_assignable",
    "list_name_words",
    "list_users",
    "lock_user",
    "looks_like_email",
    "normalize_email",
    "normalize_password",
    "post_once",
    "read_emails",
    "remove_second_factor",
    "reset_password",
    "rotate_keys",
    "safe_target",
    "session_of",
    "set_disabled",
    "set_role",
    "start_session",
]
