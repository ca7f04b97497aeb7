"""One AWS request, identified: which account, Region, service and operation it is, by whom, with which parameters."""

import io
import json
import re
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import get_account_id_from

from app.demo.gate import cbor, models

Environ = dict[str, Any]
_SCOPE = re.compile(r"Credential=([^/,]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
_FORM = "application/x-www-form-urlencoded"
_ACCELERATED = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


@dataclass(frozen=True, slots=True)
class Call:
    """One signed request. `params` are as the protocol carries them: nested for JSON, flat for the query protocol."""

    environ: Environ
    access_key: str
    account: str
    region: str
    service: str
    operation: str
    protocol: str
    body: bytes
    params: dict[str, Any]

    @property
    def name(self) -> str:
        """`service:Operation`, with botocore's name of the service."""
        return f"{self.service}:{self.operation}"

    @property
    def user_agent(self) -> str:
        """The User-Agent header, empty when there is none."""
        return str(self.environ.get("HTTP_USER_AGENT", ""))

    @property
    def address(self) -> str:
        """Where the call came from."""
        return str(self.environ.get("REMOTE_ADDR", ""))


def identify(environ: Environ) -> Call | None:
    """Return the call that a request is, or None when it carries no signature (version 4, in the header)."""
    scope = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if scope is None:
        return None
    access_key, region, signing = scope.groups()
    service = models.SERVICES.get(signing, signing)
    body = _body(environ)
    operation, protocol, params = _operation(environ, service, body)
    return Call(
        environ, access_key, get_account_id_from(access_key), region, service, operation, protocol, body, params
    )


def several(params: dict[str, Any], name: str) -> list[str]:
    """Return the members of a list parameter of the query protocol, in order."""
    found: list[str] = []
    while (value := params.get(f"{name}.member.{len(found) + 1}")) is not None:
        found.append(value)
    return found


def moment(value: object) -> datetime | None:
    """Return a timestamp parameter (seconds, ISO 8601 or already a time) as an aware time."""
    match value:
        case None | "":
            return None
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case int() | float():
            return datetime.fromtimestamp(value, UTC)
        case _:
            parsed = datetime.fromisoformat(str(value))
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _body(environ: Environ) -> bytes:
    """Read the request's body and put it back, for moto reads it again."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _operation(environ: Environ, service: str, body: bytes) -> tuple[str, str, dict[str, Any]]:
    query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    path = environ.get("PATH_INFO", "/")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rsplit(".", 1)[-1], "json", _json(body)
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor" and (match := _CBOR_PATH.search(path)):
        return match[1], "cbor", cbor.decode(body) if body else {}
    if str(environ.get("CONTENT_TYPE", "")).startswith(_FORM):
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        return form.get("Action", ""), "ec2" if service == "ec2" else "query", form
    if service == "s3":
        return _s3_operation(environ, query, path), "rest-xml", query
    for method, pattern, operation in models.routes(service):
        if method == environ["REQUEST_METHOD"] and (match := pattern.fullmatch(path)):
            named = {key: urllib.parse.unquote(value) for key, value in match.groupdict().items()}
            return operation, "rest-json", {**query, **_json(body), **named}
    return f"{environ['REQUEST_METHOD']} {path}", "rest-json", query


def _json(body: bytes) -> dict[str, Any]:
    parsed = json.loads(body) if body.lstrip()[:1] == b"{" else {}
    return parsed if isinstance(parsed, dict) else {}


def _s3_operation(environ: Environ, query: dict[str, str], path: str) -> str:
    bucket, _, key = path.strip("/").partition("/") if path != "/" else ("", "", "")
    method = environ["REQUEST_METHOD"]
    if not bucket:
        return "ListBuckets"
    if key:
        return _ACCELERATED.get(method, f"{method} object")
    if method == "GET" and "list-type" in query:
        return "ListObjectsV2"
    part = next((name for name in query if name in _BUCKET_PARTS), None)
    if method == "GET" and part is not None:
        return _BUCKET_PARTS[part]
    return {"HEAD": "HeadBucket", "GET": "ListObjects", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(
        method, f"{method} bucket"
    )


_BUCKET_PARTS = {
    "location": "GetBucketLocation",
    "policy": "GetBucketPolicy",
    "policyStatus": "GetBucketPolicyStatus",
    "publicAccessBlock": "GetPublicAccessBlock",
    "encryption": "GetBucketEncryption",
    "versioning": "GetBucketVersioning",
    "logging": "GetBucketLogging",
    "acl": "GetBucketAcl",
    "tagging": "GetBucketTagging",
}
