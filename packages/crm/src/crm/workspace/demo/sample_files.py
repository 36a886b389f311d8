"""Sample files: on leads, on a contact and on a company."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import files
from crm.records.base import PlaceColumn
from crm.records.leads import Lead
from crm.workspace.demo import working_hours

_REQUIREMENTS = b"""# Requirements

- The list of orders opens within a second.
- Imports run at night and can be repeated.
- Two factors for everybody who may change prices.
"""
_ESTIMATE = b"""Step,Hours
Measure,16
Indexes and queries,24
Import,40
Handover,8
"""
_OFFER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 58>>stream
BT /F1 24 Tf 72 760 Td (Offer: a faster list of orders) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


async def create_files(connection: Connection, now: datetime, zone: ZoneInfo, leads: list[Lead], by: Actor) -> None:
    """Add the files to these leads, to a contact and to a company of them."""
    first, second, third = leads[:3]
    places: list[tuple[dict[PlaceColumn, int | None], dict[str, bytes]]] = [
        ({"lead_id": third.id}, {"Requirements.md": _REQUIREMENTS, "Estimate.csv": _ESTIMATE, "Offer.pdf": _OFFER}),
        ({"lead_id": first.id}, {"Notes of the call.txt": b"They want to begin in spring.\n"}),
        ({"contact_id": second.contact_id}, {"Agenda.txt": b"1. Goals\n2. Dates\n3. Budget\n"}),
        ({"company_id": third.company_id}, {"Framework agreement.txt": b"Signed on both sides.\n"}),
    ]
    with clock.at(working_hours.latest(now - timedelta(hours=26), zone)):
        for place, contents in places:
            named = {column: record_id for column, record_id in place.items() if record_id}
            if named:
                stored = [await files.store_bytes(connection, name, data) for name, data in contents.items()]
                await files.create(connection, stored, named, by=by, demo=True)
