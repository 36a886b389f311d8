"""Expected trouble with names."""

from __future__ import annotations


class Trouble(Exception):
    """Something that people can read and mend."""


class Unusable(Trouble):
    """`site.toml` or Railway state a record that cannot be."""


class Unanswered(Trouble):
    """The provider or a name server cannot be reached, or refuses."""


class Moved(Trouble):
    """Somebody else changed the zone since the plan was made."""
