"""The team: who is in it, who is invited, and who may do what."""

from crm.accounts.users.actions import change_role, disable, enable, get
from crm.accounts.users.invitations import get_open, invite, list_open, resend, revoke, url_of

__all__ = [
    "change_role",
    "disable",
    "enable",
    "get",
    "get_open",
    "invite",
    "list_open",
    "resend",
    "revoke",
    "url_of",
]
