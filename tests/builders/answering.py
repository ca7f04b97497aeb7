"""A server of AWS's JSON protocols that says what it is given to say, cut or wrong as it may be."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def answering(answers: Iterable[tuple[bytes, int | str]]) -> Iterator[str]:
    """Serve what comes of each answer and the length that it says it has, one a call, and give the URL."""
    left = iter(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body, length = next(left)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def same(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the same answer for ever."""
    while True:
        yield body, len(body)
