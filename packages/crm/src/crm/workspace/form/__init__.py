"""Settings → Form: the choices of the enquiry form, and whether the public form shows them."""

from crm.workspace.form.actions import UNDOABLE

__all__ = ["UNDOABLE"]
