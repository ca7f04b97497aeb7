"""Answers and errors in the form of the call's protocol, by moto's serialisers and botocore's models."""

import functools
import json
import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from moto.core.model import OperationModel
from moto.core.serialize import get_serializer_class

from app.demo.gate import cbor, models
from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""
_JSON = "application/x-amz-json-1.1"


def answer(call: Call, result: Mapping[str, Any]) -> Answer:
    """Return `result` (keys as in botocore's output shape) as AWS would send it."""
    if call.protocol == "cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return 200, headers, cbor.encode(_without_none(result))
    operation = _operation(call.service, call.operation)
    serialised = get_serializer_class(call.service, call.protocol)(operation).serialize(result)
    body = serialised["body"]
    raw = body.encode() if isinstance(body, str) else bytes(body)
    headers = {name: str(value) for name, value in serialised["headers"].items()}
    headers["Content-Type"] = "text/xml" if call.protocol in {"query", "ec2"} else _JSON
    return int(serialised["status_code"]), headers, raw


def refusal(call: Call, error: AwsError) -> Answer:
    """Return `error` as AWS would send it."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id, **error.headers}
    code, message = escape(error.code), escape(error.message)
    if call.protocol == "rest-xml":
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
        return error.status, {"Content-Type": "application/xml", **headers}, body.encode()
    if call.protocol == "ec2":
        body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
        return error.status, {"Content-Type": "text/xml", **headers}, body.encode()
    if call.protocol == "query":
        inner = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        body = f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        return error.status, {"Content-Type": "text/xml", **headers}, body.encode()
    content = {"__type": error.code, "message": error.message}
    if call.protocol == "cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", **headers}
        return error.status, headers, cbor.encode(content)
    headers = {"Content-Type": _JSON, "x-amzn-ErrorType": error.code, **headers}
    return error.status, headers, json.dumps({**content, "Message": error.message}).encode()


@functools.cache
def _operation(service: str, operation: str) -> OperationModel:
    model: OperationModel = models.service_model(service).operation_model(operation)
    return model


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list | tuple) else value
