"""The choices of the enquiry form: which there are, how they are called, and which a new form offers."""

from crm.accounts.form_choices.actions import change, check, create, delete, get, list_all, lock, restore
from crm.accounts.form_choices.cache import current, label_of, read, refresh
from crm.accounts.form_choices.forms import ChangeChoice, Label, NewChoice
from crm.accounts.form_choices.models import CHOICE_FIELDS, Choice

__all__ = [
    "CHOICE_FIELDS",
    "ChangeChoice",
    "Choice",
    "Label",
    "NewChoice",
    "change",
    "check",
    "create",
    "current",
    "delete",
    "get",
    "label_of",
    "list_all",
    "lock",
    "read",
    "refresh",
    "restore",
]
