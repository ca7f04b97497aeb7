"""A bare S3 over HTTP that is not AWS: it lists and gives objects, and notes by whom and how it was asked."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Keys = Callable[[str, str], Iterator[str]]
"""Yields the keys below a prefix that are greater than another, in order."""


@dataclass
class PlainS3:
    """`objects` by key, besides what `more` lists. With `payer_pays` whoever does not say that he pays is refused."""

    objects: Mapping[str, bytes]
    payer_pays: bool = False
    more: Keys = lambda _prefix, _after: iter(())
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """(path, Authorization, x-amz-request-payer) of each request."""
    url: str = ""

    def page(self, prefix: str, after: str, most: int) -> list[str]:
        """Return the next keys of a listing."""
        own = (key for key in sorted(self.objects) if key.startswith(prefix) and key > after)
        return sorted([*islice(own, most), *islice(self.more(prefix, after), most)])[:most]


@contextmanager
def serving(s3: PlainS3) -> Iterator[PlainS3]:
    """Serve it on a loopback port of its own, its `url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
            payer = self.headers.get("x-amz-request-payer", "")
            s3.asked.append((url.path, self.headers.get("Authorization", ""), payer))
            key = unquote(url.path).partition("/")[2].partition("/")[2]
            if s3.payer_pays and payer != "requester":
                self._answer(b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", 403)
            elif "list-type" in query:
                self._answer(_listing(s3, query).encode())
            elif key in s3.objects:
                self._answer(s3.objects[key])
            else:
                self._answer(b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", 404)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def _answer(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"plain"')
            self.send_header("Last-Modified", "Mon, 23 Nov 2026 12:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    s3.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield s3
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _listing(s3: PlainS3, query: Mapping[str, str]) -> str:
    """Return a page of ListObjectsV2 (S3 API Reference)."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
    after = query.get("continuation-token") or query.get("start-after") or ""
    most = int(query.get("max-keys", "1000"))
    folders: list[str] = []
    keys = s3.page(prefix, after, most + 1)
    if delimiter:
        below = [key for key in sorted(s3.objects) if key.startswith(prefix) and delimiter in key[len(prefix) :]]
        folders = sorted({prefix + key[len(prefix) :].split(delimiter)[0] + delimiter for key in below})
        keys = [key for key in keys if delimiter not in key[len(prefix) :]]
    token = f"<NextContinuationToken>{escape(keys[most - 1])}</NextContinuationToken>" if len(keys) > most else ""
    contents = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(s3.objects.get(key, b'x'))}</Size><ETag>&quot;p&quot;</ETag>"
        "<LastModified>2026-11-23T12:00:00.000Z</LastModified></Contents>"
        for key in keys[:most]
    )
    prefixes = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
    return (
        f"<ListBucketResult><Name>plain</Name><KeyCount>{len(keys[:most])}</KeyCount>"
        f"<IsTruncated>{str(bool(token)).lower()}</IsTruncated>{token}{contents}{prefixes}</ListBucketResult>"
    )
