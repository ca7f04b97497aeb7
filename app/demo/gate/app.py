"""The WSGI application: control plane, then identify, fault, check, answer or hand to moto."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from moto.iam.models import mark_account_as_visited
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from app import clock
from app.demo.gate import answers, wire
from app.demo.gate.access import check_assume_role, check_identity_policies
from app.demo.gate.answers import PASS
from app.demo.gate.call import Call, Environ, identify
from app.demo.gate.callers import Caller, caller_of
from app.demo.gate.errors import AwsError, Dropped
from app.demo.gate.faults import Faults
from app.demo.gate.ledger import Ledger, logged_call
from app.demo.gate.world import World

StartResponse = Callable[..., Any]
_CONTROL = "/_gate/"
_NOT_IMPLEMENTED = 501
_SUCCESS = 400
"""Statuses below this one."""
_ISSUED = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")
_log = structlog.get_logger()


class Gate:
    """One emulated AWS, for werkzeug to serve."""

    def __init__(self, world: World, is_served: Callable[[], bool] = lambda: True) -> None:
        """`is_served` tells whether moto's state is this gate's world."""
        self.world = world
        self._is_served = is_served
        self.faults = Faults()
        self.ledger = Ledger()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if str(environ.get("PATH_INFO", "")).startswith(_CONTROL):
            return _send(start_response, self._control(environ))
        call = identify(environ)
        if call is None:
            body = json.dumps({"message": "the emulator answers signed AWS calls only"}).encode()
            return _send(start_response, (403, {"Content-Type": "application/json"}, body))
        try:
            answer = self._answer(call)
        except Dropped:
            # werkzeug closes the connection without a word when the application raises a ConnectionError.
            raise ConnectionAbortedError from None
        return _send(start_response, answer)

    def _answer(self, call: Call) -> wire.Answer:
        caller: Caller | None = None
        error: str | None = None
        try:
            self._check_served()
            self.faults.apply(call)
            caller = caller_of(call, clock.now())  # moto dates sessions by the wall clock, whatever time the world has
            self._check(call, caller)
            answer = self._result(call)
        except AwsError as refused:
            error = refused.code
            answer = wire.refusal(call, refused)
        except Dropped:
            raise
        except Exception:  # noqa: BLE001 - a bug of a handler must reach the caller as an error, not as a lost connection
            _log.exception("the emulator failed to answer", call=call.name)
            error = "InternalFailure"
            answer = wire.refusal(call, AwsError(error, f"the emulator failed to answer {call.name}", 500))
        if error is None and answer[0] >= _SUCCESS:
            error = str(answer[0])
        issued = _ISSUED.search(answer[2]) if error is None and call.name == "sts:AssumeRole" else None
        key = issued[1].decode() if issued else None
        self.ledger.note(logged_call(call, caller, self.world.clock(), answer[0], error, key))
        return answer

    def _check_served(self) -> None:
        if not self._is_served():
            raise AwsError("ServiceUnavailable", "a newer emulator of this process has moto now", _NOT_IMPLEMENTED)

    def _check(self, call: Call, caller: Caller) -> None:
        if call.name == "sts:AssumeRole":
            check_assume_role(self.world, call, caller)
        if self.world.authorizing:
            check_identity_policies(self.world, call, caller)

    def _result(self, call: Call) -> wire.Answer:
        handler = answers.handler(call.service, call.operation)
        result = PASS if handler is None else handler(self.world, call)
        if result is PASS:
            return self._from_moto(call)
        mark_account_as_visited(call.account, call.access_key, call.service, call.region)
        return result if isinstance(result, tuple) else wire.answer(call, result or {})

    def _from_moto(self, call: Call) -> wire.Answer:
        """Let moto answer; what it has not implemented becomes an error that no SDK retries.

        Raises:
            AwsError: NotImplemented, naming the call.
        """
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def keep(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            head.append((status, headers))

        missing = AwsError("NotImplemented", f"the emulator does not implement {call.name}", _NOT_IMPLEMENTED)
        try:
            body = b"".join(self._moto(call.environ, keep))
        except NotImplementedError as error:
            raise missing from error
        status, headers = int(head[-1][0].split(" ", 1)[0]), dict(head[-1][1])
        if status >= _SUCCESS and "text/html" in headers.get("Content-Type", "") and call.protocol != "rest-xml":
            _log.warning("moto has no answer", call=call.name)
            raise missing
        headers.pop("Content-Length", None)
        return status, headers, body

    def _control(self, environ: Environ) -> wire.Answer:
        """Answer the control plane: GET calls; POST faults, authorizing, reset. Not signed: it listens on loopback."""
        what = str(environ["PATH_INFO"]).removeprefix(_CONTROL)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        sent = json.loads(environ["wsgi.input"].read(length)) if length else None
        match (environ["REQUEST_METHOD"], what):
            case ("GET", "calls"):
                return _json(self.ledger.summary())
            case ("POST", "faults"):
                self.faults.arm(sent or [])
            case ("POST", "authorizing"):
                self.world.authorizing = bool(sent)
            case ("POST", "reset"):
                self.faults.arm([])
                self.ledger.clear()
            case _:
                return _json({"message": f"no such control: {what}"}, 404)
        return _json({"ok": True})


def _json(content: Any, status: int = 200) -> wire.Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


def _send(start_response: StartResponse, answer: wire.Answer) -> Iterable[bytes]:
    status, headers, body = answer
    length = {} if "Content-Length" in headers else {"Content-Length": str(len(body))}
    start_response(f"{status} Answer", [*headers.items(), *length.items()])
    return [body]
