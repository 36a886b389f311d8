"""Expected trouble with backups. Each message is a line that says what is wrong and what to do."""

from __future__ import annotations


class Trouble(Exception):
    """Something people can mend; `status` is what the command exits with."""

    status = 1


class Unusable(Trouble):
    """What we were told cannot be used: a variable is missing or wrong. A line for each fault."""

    status = 2


class Busy(Trouble):
    """Another backup or drill is under way."""

    status = 3


class Damaged(Trouble):
    """What lies in the store is not what was put there, or nobody we trust has signed it."""

    status = 4


class Unreachable(Trouble):
    """The store or the database does not answer."""

    status = 5


class Missing(Trouble):
    """No such object in the store."""


class Taken(Trouble):
    """There is an object of that name already, and nothing is ever overwritten."""
