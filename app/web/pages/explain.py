"""`/iam/explain.json`: why a principal may or may not call an action, as `kvswatch iam explain --json` prints it."""

import json
from collections.abc import Iterator

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.errors import InvalidInput
from app.core.query.moment import past
from app.db.engine import read_only
from app.services.explain_access import explain_access
from app.web.download import refusal
from app.web.explain_links import AT, PARAMETERS, PATH
from app.web.site import Site

router = APIRouter()
_KNOWN = (*PARAMETERS, AT)


@router.get(PATH, include_in_schema=False)
def explain(request: Request) -> Response:
    """Explain one call, or refuse with what is wrong with the question."""
    site: Site = request.app.state.site
    problems = tuple(_problems(request))
    if problems:
        return refusal(problems)
    principal, action, resource = (request.query_params[name] for name in PARAMETERS)
    at = request.query_params.get(AT)
    try:
        then = None if at is None else past(at, now=site.clock()).at
    except InvalidInput as error:
        return refusal([f"{AT}: {error}"])
    try:
        with read_only(site.reader) as connection:
            found = explain_access(connection, site.user().scope, principal, action, resource, then)
    except InvalidInput as error:
        return refusal([error])
    headers = {"Content-Disposition": 'attachment; filename="kvs-explain.json"'}
    return Response(json.dumps(found.as_json()) + "\n", media_type="application/json", headers=headers)


def _problems(request: Request) -> Iterator[str]:
    given = [name for name, _ in request.query_params.multi_items()]
    yield from (f"{name}= is missing" for name in PARAMETERS if name not in given)
    yield from (f"{name}= stands twice" for name in _KNOWN if given.count(name) > 1)
    yield from (f"{name[:80]} is not one of {', '.join(_KNOWN)}" for name in given if name not in _KNOWN)
