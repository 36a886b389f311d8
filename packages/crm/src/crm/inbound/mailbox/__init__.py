"""The mailbox: messages that a mail server or provider hands over, read, matched to records and stored."""

from crm.inbound.mailbox.parse import parse, read_message_id
from crm.inbound.mailbox.process import PROCESS_JOB, file_message, process
from crm.inbound.mailbox.resend import FETCH_JOB, fetch
from crm.inbound.mailbox.store import MAX_SIZE, TooLargeError, store

__all__ = [
    "FETCH_JOB",
    "MAX_SIZE",
    "PROCESS_JOB",
    "TooLargeError",
    "fetch",
    "file_message",
    "parse",
    "process",
    "read_message_id",
    "store",
]
