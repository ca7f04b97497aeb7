"""`/iam/explain.json`: why a principal may or may not call an action, as `kvswatch iam explain --json` prints it."""

import json
from collections.abc import Iterator

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.errors import InvalidInput
from app.db.engine import read_only
from app.services.explain_access import explain_access
from app.web.download import refusal
from app.web.explain_links import PARAMETERS, PATH
from app.web.site import Site

router = APIRouter()


@router.get(PATH, include_in_schema=False)
def explain(request: Request) -> Response:
    """Explain one call, or refuse with what is wrong with the question."""
    site: Site = request.app.state.site
    problems = tuple(_problems(request))
    if problems:
        return refusal(problems)
    asked = [request.query_params[name] for name in PARAMETERS]
    try:
        with read_only(site.reader) as connection:
            found = explain_access(connection, site.user().scope, *asked)
    except InvalidInput as error:
        return refusal([error])
    headers = {"Content-Disposition": 'attachment; filename="kvs-explain.json"'}
    return Response(json.dumps(found.as_json()) + "\n", media_type="application/json", headers=headers)


def _problems(request: Request) -> Iterator[str]:
    given = [name for name, _ in request.query_params.multi_items()]
    yield from (f"{name}= is missing" for name in PARAMETERS if name not in given)
    yield from (f"{name}= stands twice" for name in PARAMETERS if given.count(name) > 1)
    yield from (f"{name[:80]} is not one of {', '.join(PARAMETERS)}" for name in given if name not in PARAMETERS)
