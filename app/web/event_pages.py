"""The pages of what a call names: its stream, its caller, its address and its key."""

from collections.abc import Mapping

from app.core.model.scope import Scope
from app.db.queries.events import EventRow
from app.web.identity_links import address_href, key_href


def pages_of(event: EventRow, scope: Scope) -> Mapping[str, str]:
    """Return by field of the list of calls where the page of its value is; none for a caller of elsewhere."""
    known = event.principal_account is not None and scope.holds(event.principal_account)
    return {
        "stream": f"/streams/{event.stream_id}" if event.stream_id is not None else "",
        "principal": f"/principals/{event.principal_id}" if known else "",
        "address": address_href(event.address) if event.address else "",
        "key": key_href(event.access_key) if event.access_key else "",
    }
