"""The HTTP server in front of the gate: connections stay open between calls, and none outlives the server.

werkzeug's own handler closes each connection and waits 10 ms for what may follow; a scanner makes thousands of calls.
"""

import io
import socket
import threading
from collections.abc import Callable
from typing import Any

import structlog
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

_LOOPBACK = "127.0.0.1"
_log = structlog.get_logger()


class Server:
    """Serves a WSGI application on a loopback port, from threads of its own."""

    def __init__(self, application: Any, port: int) -> None:
        """Bind the port (0: any free one); `start` serves."""
        self._server = _Listener(_LOOPBACK, port, application, handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="emulator", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_LOOPBACK}:{self._server.server_port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, and end the connections that clients keep open."""
        self._server.shutdown()
        self._thread.join()
        self._server.end_connections()
        self._server.server_close()


class _Listener(ThreadedWSGIServer):
    """Knows its open connections and their threads."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def opened(self, connection: socket.socket) -> None:
        """Note a connection of the calling thread."""
        with self._lock:
            self._open[connection] = threading.current_thread()

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.pop(connection, None)

    def end_connections(self) -> None:
        """Shut each open connection and wait for its thread."""
        with self._lock:
            still_open = dict(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster
        for thread in still_open.values():
            thread.join(timeout=5)


class _Handler(MotoRequestHandler):
    """One connection, HTTP/1.1: any number of requests, each answered in one write."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        try:
            super().finish()
        except ConnectionError:
            self.rfile.close()  # closing what is written tried once more to send what nobody takes
        finally:
            self.server.closed(self.connection)

    def run_wsgi(self) -> None:
        """Answer one request; an application that raises ConnectionError closes the connection without a word."""
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        head: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            head.append((int(status.split(" ", 1)[0]), headers))
            return _no_write

        try:
            parts = self.server.app(environ, start_response)
        except ConnectionError:
            self.close_connection = True
            return
        try:
            self._send(*head[-1], b"".join(parts))
        except ConnectionError as error:
            _log.info("a client left before its answer", path=environ["PATH_INFO"], reason=error.strerror)
            raise  # werkzeug ends the connection

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing: the gate has a ledger of its own."""

    def _body(self, environ: dict[str, Any]) -> bytes:
        """Read the whole body, so that the next request begins where this one ends."""
        stream = environ["wsgi.input"]
        if environ.get("wsgi.input_terminated"):
            body: bytes = stream.read()
            environ["CONTENT_LENGTH"] = str(len(body))
            return body
        return bytes(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _no_write(_data: bytes) -> None:
    """Refuse WSGI's older way of answering, which the gate does not use."""
    raise NotImplementedError("answer with an iterable")
