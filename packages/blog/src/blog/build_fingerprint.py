"""Computes the build fingerprint. A new fingerprint makes the next build render everything again."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b

_LIBRARIES = ("manimgx_fonts", "markupsafe-", "minijinja-", "pillow-", "pygments-", "pyromark-", "pyyaml-")
_PREFIXES = (*_LIBRARIES, "tree_sitter")


def compute_fingerprint() -> str:
    """Returns a hash of this package's code, the shared design, and the names and versions of the libraries.

    It covers the content of files and not their times, so that a fresh checkout keeps its cache.
    """
    from shared import design

    digest = blake2b(sys.version.encode(), digest_size=16)
    for folder, extensions in (
        (os.path.dirname(__file__), (".py",)),
        (os.path.dirname(design.__file__), (".css", ".svg", ".woff2")),
    ):
        for name in sorted(os.listdir(folder)):
            if name.endswith(extensions):
                with open(os.path.join(folder, name), "rb") as file:
                    digest.update(name.encode() + file.read())
    for folder in sys.path:
        if folder.endswith("-packages") and os.path.isdir(folder):
            names = sorted(name for name in os.listdir(folder) if name.endswith(".dist-info"))
            digest.update(" ".join(name for name in names if name.lower().startswith(_PREFIXES)).encode())
    return digest.hexdigest()
