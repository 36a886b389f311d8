"""The CRM: JSON API and the pages people work in."""

__version__ = "0.1.0"
