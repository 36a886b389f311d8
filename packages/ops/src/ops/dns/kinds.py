"""The kinds of risk, apart from what finds them, so that the command line starts quickly."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """By these names a risk is allowed."""

    AUTHORITY = "authority"
    CONFLICT = "conflict"
    DANGLING = "dangling"
    DELEGATION = "delegation"
    DOT = "dot"
    MAIL = "mail"
    MUCH = "much"
    PROXY = "proxy"
    ROOT = "root"
    WILDCARD = "wildcard"
