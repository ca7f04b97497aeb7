"""A bare S3 over HTTP for measurements: lists and gives the objects that it was made with, and assumes any role."""

import multiprocessing
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_PAGE = 1000
_ASSUMED = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIABENCH</AccessKeyId><SecretAccessKey>s"
    "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
    "<AssumedRoleUser><AssumedRoleId>AROABENCH:b</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/b/b</Arn>"
    "</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
)


@contextmanager
def serving(objects: Mapping[str, bytes], delay_s: float = 0.0) -> Iterator[str]:
    """Yield the URL of a server in a process of its own, so that its work is not counted as the reader's.

    Each answer is `delay_s` late.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(objects, there, delay_s), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(objects: Mapping[str, bytes], told: Connection, delay_s: float) -> None:
    keys = sorted(objects)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
            if "location" in asked:
                self._answer(b"<LocationConstraint>eu-central-1</LocationConstraint>")
            elif "list-type" in asked:
                self._answer(_listing(keys, objects, asked).encode())
            else:
                self._answer(objects[unquote(url.path).split("/", 2)[2]])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(_ASSUMED.encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def _answer(self, body: bytes) -> None:
            time.sleep(delay_s)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"bench"')
            self.send_header("Last-Modified", "Thu, 01 Oct 2026 00:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        # Of more connections at once than wait here the kernel drops some, which try again after a second.
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    told.send(server.server_address[1])
    server.serve_forever()


def _listing(keys: list[str], objects: Mapping[str, bytes], asked: Mapping[str, str]) -> str:
    """Return a page of ListObjectsV2 (S3 API Reference)."""
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter")
    after = asked.get("continuation-token") or asked.get("start-after") or ""
    below = [key for key in keys[bisect_right(keys, after) if after else 0 :] if key.startswith(prefix)]
    folders: list[str] = []
    if delimiter:
        cut = {
            prefix + key[len(prefix) :].split(delimiter)[0] + delimiter
            for key in below
            if delimiter in key[len(prefix) :]
        }
        folders, below = sorted(cut), [key for key in below if delimiter not in key[len(prefix) :]]
    page, is_truncated = below[:_PAGE], len(below) > _PAGE
    contents = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key])}</Size><ETag>&quot;bench&quot;</ETag>"
        "<LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents>"
        for key in page
    )
    token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if is_truncated else ""
    prefixes = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
    return (
        f"<ListBucketResult><Name>bench</Name><KeyCount>{len(page)}</KeyCount>"
        f"<IsTruncated>{str(is_truncated).lower()}</IsTruncated>{token}{contents}{prefixes}</ListBucketResult>"
    )
