"""The API documentation: the OpenAPI document, and the same facts as a page that needs no script."""

from crm.apidocs.openapi import document

__all__ = ["document"]
