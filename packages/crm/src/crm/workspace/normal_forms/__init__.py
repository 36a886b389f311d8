"""Brings rows that were stored before a rule of `crm.values` into the normal form that new ones have."""

from crm.workspace.normal_forms.jobs import normalize_stored

__all__ = ["normalize_stored"]
