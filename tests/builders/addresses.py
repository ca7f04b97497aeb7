"""An address of each page and file of the web application, by the route that answers it."""

import re
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.core import catalogue
from app.core.query.listing import LISTINGS
from app.web import pages

ADDRESSES = {
    "/": ("/",),
    "/findings": ("/findings", "/findings?group=none"),
    "/findings/cannot-tell": ("/findings/cannot-tell",),
    "/findings/{finding_id}": ("/findings/{finding}",),
    "/events": ("/events",),
    "/events/record": ("/events/record?event={event}",),
    "/matrix": ("/matrix", "/matrix?principal={principal_arn}&view=streams"),
    "/matrix/rows.json": ("/matrix/rows.json",),
    "/iam/explain.json": ("/iam/explain.json?principal={principal_arn}&action=GetMedia&resource={stream_arn}",),
    "/streams": ("/streams",),
    "/streams/{stream_id}": ("/streams/{stream}",),
    "/streams/{stream_id}/statement": ("/streams/{stream}/statement",),
    "/streams/{stream_id}/statement.json": ("/streams/{stream}/statement.json",),
    "/streams/{stream_id}/statement.csv": ("/streams/{stream}/statement.csv",),
    "/streams/{stream_id}/review": ("/streams/{stream}/review",),
    "/streams/{stream_id}/review.csv": ("/streams/{stream}/review.csv",),
    "/principals": ("/principals",),
    "/principals/{principal_id}": ("/principals/{principal}",),
    "/principals/{principal_id}/stop": ("/principals/{principal}/stop",),
    "/sessions/{key}": ("/sessions/{session}",),
    "/sessions/{key}/stop": ("/sessions/{session}/stop",),
    "/keys/{key}": ("/keys/{key}",),
    "/keys/{key}/stop": ("/keys/{key}/stop",),
    "/addresses/{address}": ("/addresses/{address}",),
    "/accounts": ("/accounts",),
    "/accounts/{digits}": ("/accounts/{account}",),
    "/urls": ("/urls",),
    "/coverage": ("/coverage",),
    "/assumptions": ("/assumptions",),
    "/search": ("/search?q={name}",),
    "/exports": ("/exports",),
    "/{name}.{fmt}": tuple(
        f"/{name}.{fmt}" for name, one in LISTINGS.items() for fmt in ("csv", "jsonl") if one.only_format in {"", fmt}
    ),
}

PAGES = tuple(
    path
    for paths in ADDRESSES.values()
    for path in paths
    if not any(mark in path for mark in (".csv", ".json", "/events/record"))
)
"""Those that are no files."""
OPENED = (
    "/events?event={event}",
    "/events?cols=action,source,session,person,address,key,user_agent,region,stream,integrity&stack=address&facets=1",
    "/matrix?cell={principal},GetMedia",
    "/matrix?at=now-1m",
    "/coverage?account={account}&region=eu-central-1",
    "/streams/{stream}?at=now-1m",
    "/streams/{stream}/statement?footage=now-2d..now-1d",
    "/principals/{principal}?at=now-1m",
)
"""The same pages with a drawer open, or as of another time."""


def routes(method: str = "GET") -> Iterator[str]:
    """Yield the paths that the pages answer, as docs/pages.md writes them."""
    for router in catalogue.load(pages, "router", APIRouter).values():
        for route in router.routes:
            if isinstance(route, APIRoute) and method in route.methods:
                yield re.sub(r":\w+}", "}", route.path)
