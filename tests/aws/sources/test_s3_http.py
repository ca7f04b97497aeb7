import os
import resource
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock
from app.aws.errors import TooLarge
from app.aws.sources import _s3_http
from app.aws.sources._s3_http import Limits, NoAnswer, NoUrl, Request, S3Http, Signing, listing_request, object_request

FIRST = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "IQoJ/b3+J=")
SECOND = ReadOnlyCredentials("ASIDEXAMPLE", "another", "token")
REGION = "eu-central-1"
MOST = 1 << 16
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda key: {".", ".."}.isdisjoint(key.split("/"))
)


@dataclass
class Served:
    """A server that notes each request, and how it answers."""

    url: str = ""
    status: int = 200
    head: dict[str, str] = field(default_factory=lambda: {"Content-Length": "2"})
    body: bytes = b"ok"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    gate: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Served]:
    served = Served()
    served.gate.set()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{http.server_address[1]}/logs"
    yield served
    served.gate.set()
    http.shutdown()
    thread.join()
    http.server_close()


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers.items())))
            served.connections.add(self.client_address)
            served.gate.wait(20)
            self.send_response(served.status)
            for name, value in served.head.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(served.body)
            self.close_connection = len(served.body) != int(served.head["Content-Length"])

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler


def opened(url: str, *given: ReadOnlyCredentials, silence_s: float = 30.0, pays: bool = False) -> S3Http:
    """Return a client whose credentials are `given`, one after the other; the last one stays."""
    left = list(given or (FIRST,))
    signing = Signing(REGION, lambda: left.pop(0) if len(left) > 1 else left[0])
    return S3Http(url, signing, Limits(5.0, silence_s, MOST), requester_pays=pays)


def signature(url: str, path: str, headers: dict[str, str]) -> tuple[str, str]:
    """Return the signature of a request that came, and botocore's of the same one."""
    parts = dict(part.strip().split("=", 1) for part in headers["Authorization"].partition(" ")[2].split(","))
    signed = parts["SignedHeaders"].split(";")
    assert {"host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"} <= set(signed)
    kept = {name: value for name, value in headers.items() if name.casefold() in signed}
    request = AWSRequest("GET", url.removesuffix("/logs") + path, headers=kept)
    request.context["timestamp"] = headers["X-Amz-Date"]
    auth = S3SigV4Auth(Credentials(*FIRST), "s3", REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    assert parts["Credential"] == auth.scope(request)
    return parts["Signature"], auth.signature(text, request)


def got(http: S3Http, key: str, *, with_metadata: bool = False) -> Any:
    """Return what came of one GetObject."""
    return came_of(http, object_request(key, with_metadata=with_metadata))


def came_of(http: S3Http, request: Request) -> Any:
    http.begin(7, request)
    return what_came(http)


def what_came(http: S3Http) -> Any:
    while True:
        for number, came in http.ended(is_idle=True):
            assert (number, len(http)) == (7, 0)
            return came


def assert_none(came: Any, why: str) -> None:
    assert isinstance(came, NoAnswer)
    assert why in str(came)


HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@HERE
@given(key=KEYS, pays=st.booleans())
def test_each_object_is_asked_for_by_its_name_and_signed_as_botocore_signs(
    server: Served, key: str, *, pays: bool
) -> None:
    assert got(opened(server.url, pays=pays), key).body == b"ok"
    path, headers = server.asked[-1]
    assert unquote(path) == f"/logs/{key}"
    sent, expected = signature(server.url, path, headers)
    assert sent == expected


@HERE
@given(prefix=KEYS, after=KEYS)
def test_each_listing_is_signed_as_botocore_signs(server: Served, prefix: str, after: str) -> None:
    came_of(opened(server.url, pays=True), listing_request({"prefix": prefix, "start-after": after, "delimiter": "/"}))
    path, headers = server.asked[-1]
    sent, expected = signature(server.url, path, headers)
    assert sent == expected
    assert headers["x-amz-request-payer"] == "requester"


@pytest.mark.parametrize("key", ["", ".", "a/../b", "../b", "a/.", "./a", "a/\udc80"], ids=ascii)
def test_a_name_that_a_url_would_read_as_another_one_is_not_asked_for(key: str) -> None:
    with pytest.raises(NoUrl):
        object_request(key)


def test_a_name_that_is_longer_than_any_key_is_not_asked_for() -> None:
    with pytest.raises(NoUrl, match="1,025 characters"):
        object_request("a" * 1025)
    assert object_request("\u4e2d" * 341)


def test_an_answer_with_too_long_a_head_is_none(server: Served) -> None:
    server.head["x-long"] = "x" * 110_000
    assert_none(got(opened(server.url), "a"), "libcurl ended with ")


def test_a_connection_is_used_again_also_with_other_credentials(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(_s3_http.time, "monotonic", lambda: now[0])
    http = opened(server.url, FIRST, FIRST, SECOND)
    for seconds in (0, 10, 299, 301, 500, 602, 700):
        now[0] = float(seconds)
        got(http, "a")
    by = [headers["Authorization"].partition("Credential=")[2].partition("/")[0] for _, headers in server.asked]
    assert by == ["AKIDEXAMPLE"] * 5 + ["ASIDEXAMPLE"] * 2
    assert [headers["x-amz-security-token"] for _, headers in server.asked[-2:]] == ["token", "token"]
    assert len(server.connections) == 1
    http.close()


def test_what_an_owner_noted_comes_where_it_is_asked_for(server: Served) -> None:
    server.head |= {"X-Amz-Meta-Signature": "ab:cd", "x-amz-meta-empty": "", "ETag": '"x"'}
    http = opened(server.url)
    assert got(http, "a", with_metadata=True).metadata == {"signature": "ab:cd", "empty": ""}
    assert got(http, "a").metadata == {}
    assert len(server.connections) == 1


@pytest.fixture
def held() -> Iterator[Callable[[], int]]:
    """Return how many bytes are held that were not when the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()


def test_a_body_is_let_go_by_whoever_got_it(server: Served, held: Callable[[], int]) -> None:
    http = opened(server.url)
    got(http, "a")
    server.head, server.body = {"Content-Length": str(MOST)}, bytes(MOST)
    before = held()
    assert len(got(http, "a").body) == MOST
    assert held() - before < MOST // 2


def test_a_head_that_nobody_wants_is_not_held_after_one_that_did_not_come(
    server: Served, held: Callable[[], int]
) -> None:
    server.gate.clear()
    http = opened(server.url, silence_s=1.0)
    assert_none(got(http, "a", with_metadata=True), "too slow")
    server.gate.set()
    server.head["x-long"] = "x" * MOST
    before = held()
    for _ in range(20):
        got(http, "a")
    assert held() - before < 10 * MOST


@pytest.mark.parametrize("size", [MOST + 1, 9 * MOST])
def test_of_an_object_that_is_too_large_nothing_is_taken_and_no_size_made_up(server: Served, size: int) -> None:
    server.head, server.body = {"Content-Length": str(size)}, bytes(size)
    refused = got(opened(server.url), "a")
    assert isinstance(refused, TooLarge)
    assert str(refused) == "at least 65,537 bytes as stored, compressed, are more than 65,536, the limit"
    server.head, server.body = {"Content-Length": str(MOST)}, bytes(MOST)
    assert got(opened(server.url), "a").body == bytes(MOST)


def test_an_answer_that_ends_early_is_none(server: Served) -> None:
    server.head = {"Content-Length": "1000"}
    assert_none(got(opened(server.url), "a"), "998 bytes")


def test_a_redirect_is_an_answer_and_not_followed(server: Served) -> None:
    server.status, server.head["Location"] = 307, "http://127.0.0.1:1/elsewhere"
    assert got(opened(server.url), "a").status == 307
    assert len(server.asked) == 1


def test_a_silence_ends(server: Served) -> None:
    server.gate.clear()
    assert_none(got(opened(server.url, silence_s=1.0), "a"), "too slow")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Have more files open than select() knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2048, hard)), hard))
    with ExitStack() as stack:
        for _ in range(1024):
            stack.enter_context(Path(os.devnull).open("rb"))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_it_waits_without_looking_all_the_time_however_many_files_are_open(server: Served) -> None:
    server.gate.clear()
    http = opened(server.url)
    http.begin(7, object_request("a"))
    begun = time.monotonic()
    assert [http.ended(is_idle=True) for _ in range(5)] == [[]] * 5
    assert time.monotonic() - begun > 0.3
    server.gate.set()
    assert what_came(http).body == b"ok"


def test_nothing_but_http_is_spoken(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("secret")
    assert_none(got(opened(f"file://{tmp_path}"), "a"), 'Protocol "file"')


def test_a_certificate_is_trusted_that_boto3_trusts(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.socket = context.wrap_socket(http.socket, server_side=True)
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    url = f"https://127.0.0.1:{http.server_address[1]}/logs"
    try:
        _s3_http._trusted.cache_clear()
        assert_none(got(opened(url), "a"), "certificate")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        _s3_http._trusted.cache_clear()
        assert got(opened(url), "a").body == b"ok"
    finally:
        _s3_http._trusted.cache_clear()
        http.shutdown()
        http.server_close()


def test_credentials_that_nobody_can_have_are_for_s3_to_refuse(server: Served) -> None:
    assert got(opened(server.url, ReadOnlyCredentials("AKID\u201d", "s\u201d", "t\u201d")), "a").body == b"ok"


def _certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate of it for 127.0.0.1, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "h\u00e9re.pem"
    path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()) + certificate.public_bytes(pem))
    return path
