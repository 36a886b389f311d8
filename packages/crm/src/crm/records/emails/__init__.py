"""E-mail on the record: received and sent messages, where they belong, and addresses that bounce."""

from crm.records.emails.actions import attach, get
from crm.records.emails.addresses import is_ours, read_address
from crm.records.emails.attached_files import list_of as list_files
from crm.records.emails.events import EmailReceived
from crm.records.emails.models import Attachment, Content, EmailKind, Place, Referenced
from crm.records.emails.pages import read_values
from crm.records.emails.queries import (
    count_from_sender,
    count_in_inbox,
    delete_bounce,
    fill_in,
    find_referenced,
    insert_received,
    insert_to_fetch,
    list_in_inbox,
    lock_received,
    mark_bounce,
    read_raw,
    read_source,
    set_raw,
)

__all__ = [
    "Attachment",
    "Content",
    "EmailKind",
    "EmailReceived",
    "Place",
    "Referenced",
    "attach",
    "count_from_sender",
    "count_in_inbox",
    "delete_bounce",
    "fill_in",
    "find_referenced",
    "get",
    "insert_received",
    "insert_to_fetch",
    "is_ours",
    "list_files",
    "list_in_inbox",
    "lock_received",
    "mark_bounce",
    "read_address",
    "read_raw",
    "read_source",
    "read_values",
    "set_raw",
]
