"""The CRM: JSON API and the pages people work in."""
