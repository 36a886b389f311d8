"""Follows a push until every host serves its newest commit."""
