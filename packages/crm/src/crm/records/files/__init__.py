"""Files of leads, contacts and companies."""

from crm.records.files.actions import create
from crm.records.files.api import RECORD
from crm.records.files.models import Place
from crm.records.files.pages import download_headers, read_panel
from crm.records.files.queries import delete_unused
from crm.records.files.storage import store_bytes

__all__ = ["RECORD", "Place", "create", "delete_unused", "download_headers", "read_panel", "store_bytes"]
