"""Table of contents 2: which room reacts to which event, inside the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping

from crm.kernel.events import Reaction

TABLE: Mapping[str, tuple[Reaction, ...]] = {}
