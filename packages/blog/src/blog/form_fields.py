"""Chooses the fields of the enquiry form: those of the definition, with the choices that owners edit in the CRM."""

from __future__ import annotations

from pathlib import Path

from blog.errors import BuildError, Problem
from shared.enquiry_form import FIELDS, Field
from shared.form_snapshot import MAX_SIZE, SnapshotError, apply_snapshot, read_snapshot

CHOICES_FILE = "packages/web/choices.json"
"""A snapshot in the repository, which `crm form export` writes. Without it, the choices are those of the definition."""

_TIMEOUT_S = 10


def load_fields(root: str, url: str = "") -> tuple[tuple[Field, ...], list[Problem]]:
    """Returns the fields with the choices of the snapshot at `url`, or else in the repository `root`, and warnings.

    A URL that gives no snapshot is a warning, so that the site can be built while the CRM is away. Raises `BuildError`
    for a file that is no snapshot.
    """
    warnings = []
    if url:
        try:
            return apply_snapshot(read_snapshot(_fetch(url))), []
        except (OSError, ValueError, SnapshotError) as error:
            reason = str(getattr(error, "reason", error)).rstrip(".")
            message = f"It gave no choices, so the form has those of the repository. {reason}."
            warnings.append(Problem(url, 0, message, is_warning=True))
    file = Path(root, CHOICES_FILE)
    if not file.is_file():
        return FIELDS, warnings
    try:
        return apply_snapshot(read_snapshot(file.read_bytes())), warnings
    except SnapshotError as error:
        message = f"This is no snapshot of the form's choices. {error} Write it anew: crm form export."
        raise BuildError([Problem(CHOICES_FILE, 0, message)]) from error


def _fetch(url: str) -> bytes:
    """Raises `OSError`, or `ValueError` for what is no URL."""
    from http.client import HTTPException
    from urllib.request import urlopen

    if not url.startswith(("https://", "http://")):
        raise ValueError("Write a URL that begins with https://.")
    try:
        with urlopen(url, timeout=_TIMEOUT_S) as response:  # noqa: S310 checked above
            data: bytes = response.read(MAX_SIZE + 1)
            return data
    except HTTPException as error:
        raise OSError(f"The answer is broken: {type(error).__name__}.") from error
