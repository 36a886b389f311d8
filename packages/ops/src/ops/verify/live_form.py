"""The enquiry form as the landing page has it now: where it posts, with which fields."""

from __future__ import annotations

from house import form
from ops.verify.checks import Broken
from ops.verify.client import Client
from ops.verify.page import Form, Page


async def found(client: Client) -> Form:
    """Raises `Broken` where it is not there, lacks a field, or posts elsewhere."""
    url = f"{client.target.site_url}/"
    page = Page(url, (await client.get(url)).text)
    posting = [each for each in page.forms if each.method == "post"]
    if not posting:
        raise Broken(f"{url} has no form that posts", "Look at packages/web.")
    missing = {*form.BY_NAME, form.HONEYPOT} - set(posting[0].fields)
    if missing:
        raise Broken(f"The form lacks {', '.join(sorted(missing))}", "house.form lists its fields.")
    wanted = f"{client.target.api_url}/api/leads"
    if posting[0].action != wanted:
        raise Broken(f"The form posts to {posting[0].action}", f"Build the site again; it should post to {wanted}.")
    return posting[0]
