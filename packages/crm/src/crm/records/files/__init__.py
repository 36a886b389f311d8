"""Files of leads, contacts and companies."""

from crm.records.files.actions import create
from crm.records.files.api import RECORD
from crm.records.files.models import Stored
from crm.records.files.pages import NOTHING_CHOSEN, download_headers, read_panel, stream
from crm.records.files.queries import delete_unused, find_stored, list_of
from crm.records.files.storage import MB, read_content, store_bytes
from crm.records.files.uploads import read_upload

__all__ = [
    "MB",
    "NOTHING_CHOSEN",
    "RECORD",
    "Stored",
    "create",
    "delete_unused",
    "download_headers",
    "find_stored",
    "list_of",
    "read_content",
    "read_panel",
    "read_upload",
    "store_bytes",
    "stream",
]
