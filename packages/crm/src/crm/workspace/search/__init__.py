"""One search over leads, contacts, companies and activities, as a page and in the API."""

from crm.workspace.search.jobs import index_batch, index_pending

__all__ = ["index_batch", "index_pending"]
