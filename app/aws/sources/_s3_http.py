"""GETs of one bucket over HTTP by libcurl, which signs them: a tenth of what boto3 takes for one.

libcurl speaks AWS Signature Version 4 by itself (curl, "CURLOPT_AWS_SIGV4"); a test holds its signatures against
botocore's. It repeats nothing and follows no redirect: what becomes of an answer is decided by who asked. Many requests
are under way at once in one thread: with a thread for each they take a third more of the processor.
"""

import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

import pycurl
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import get_cert_path
from botocore.session import Session

from app.aws.errors import TooLarge
from app.core.errors import CouldNotLook

_TIMEOUT_MS = 120_000
"""For one whole request; `read_timeout_s` of the settings is for each silence in it."""
_ASKED_AGAIN_S = 300.0
"""Credentials are good for ten minutes when they are given out."""
_META = "x-amz-meta-"
_LONGEST_KEY = 1024
"""Bytes, of one character at least (S3 User Guide, "Naming Amazon S3 objects")."""


_LONGEST_WAIT_S = 0.1
"""select() knows no connection beyond the 1,023rd file of a process: those are looked at so often."""


class NoAnswer(CouldNotLook):
    """No answer came, or not all of one: no connection, a certificate that is not trusted, a silence, an end."""


class Answer(NamedTuple):
    """What was answered. `metadata` holds the names that an object's owner gave, where they were asked for."""

    status: int
    body: bytes
    metadata: Mapping[str, str]


class NoUrl(ValueError):
    """A key that no URL names: it is empty, too long, no UTF-8, or has a name in it that is a dot or two."""


class Request(NamedTuple):
    """What is asked of a bucket: path and query, and whether what the object's owner noted is wanted, too."""

    target: str
    with_metadata: bool = False


def object_request(key: str, *, with_metadata: bool = False) -> Request:
    """Return the GetObject of a key.

    Raises:
        NoUrl: of such a key.
    """
    # A dot for a name leads elsewhere, and no name to the bucket itself.
    if not key or (("/." in key or key[0] == ".") and not {".", ".."}.isdisjoint(key.split("/"))):
        raise NoUrl(f"no URL names the key {key!r}")
    if len(key) > _LONGEST_KEY:
        raise NoUrl(f"no key has {len(key):,} characters")
    try:
        return Request(f"/{quote(key, safe='/~')}", with_metadata)
    except UnicodeEncodeError as error:
        raise NoUrl(f"no URL names the key {key!r}: it is no UTF-8") from error


def listing_request(query: Mapping[str, str]) -> Request:
    """Return the ListObjectsV2 that has the parameters of `query`."""
    every = {"list-type": "2", "encoding-type": "url", **query}
    return Request(f"/?{urlencode(sorted(every.items()), quote_via=quote, safe='')}")


@dataclass(frozen=True, slots=True)
class Signing:
    """What requests are signed with and for. `credentials` gives such as are good for ten minutes."""

    region: str
    credentials: Callable[[], ReadOnlyCredentials]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until a connection stands, and of silence on it; bytes of the longest answer that is taken."""

    connect_s: float
    silence_s: float
    most: int


class S3Http:
    """Asks one bucket at `url`; use it in one thread at a time. Requests are told apart by a number of who asks."""

    def __init__(self, url: str, signing: Signing, limits: Limits, *, requester_pays: bool = False) -> None:
        self._url, self._signing, self._limits = url, signing, limits
        self._said = ["x-amz-request-payer: requester"] if requester_pays else []
        self._multi = pycurl.CurlMulti()
        self._flying: dict[pycurl.Curl, _Flight] = {}
        self._credentials: ReadOnlyCredentials | None = None
        self._ask_at = 0.0
        self._free: list[pycurl.Curl] = []

    def __len__(self) -> int:
        """Return how many requests are under way."""
        return len(self._flying)

    def begin(self, number: int, request: Request) -> None:
        """Send a request; `ended` tells what became of it.

        Raises:
            CouldNotLook: there are no credentials to sign it with.
        """
        credentials = self._renewed()
        curl = self._free.pop() if self._free else self._new(credentials)
        flight = _Flight(number, [], [] if request.with_metadata else None, self._free)
        curl.setopt(pycurl.URL, self._url + request.target)
        curl.setopt(pycurl.WRITEFUNCTION, flight.body.append)
        if flight.head is not None:
            curl.setopt(pycurl.HEADERFUNCTION, flight.head.append)
        self._flying[curl] = flight
        self._multi.add_handle(curl)

    def ended(self, *, is_idle: bool) -> list[tuple[int, Answer | NoAnswer | TooLarge]]:
        """Return the answers that came, by number; whoever is idle waits for one, a tenth of a second at most."""
        self._multi.perform()
        found = self._found()
        if is_idle and not found and self._flying:
            # libcurl has times of its own at which it goes on, without a word from the network.
            due_ms = self._multi.timeout()
            wait_s = _LONGEST_WAIT_S if due_ms < 0 else min(due_ms / 1000, _LONGEST_WAIT_S)
            if not self._multi.select(wait_s) and not any(self._multi.fdset()):
                # It had none to wait for, and did not.
                time.sleep(wait_s)
            self._multi.perform()
            found = self._found()
        return found

    def forget(self) -> None:
        """Break off the requests that are under way: nobody waits for them any more."""
        for curl in self._flying:
            self._multi.remove_handle(curl)
            curl.close()
        self._flying.clear()

    def close(self) -> None:
        """Close all connections."""
        self.forget()
        while self._free:
            self._free.pop().close()
        self._multi.close()

    def _found(self) -> list[tuple[int, Answer | NoAnswer | TooLarge]]:
        found: list[tuple[int, Answer | NoAnswer | TooLarge]] = []
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            for curl in good:
                flight = self._landed(curl)
                noted = _metadata(flight.head) if flight.head else {}
                answer = Answer(curl.getinfo(pycurl.RESPONSE_CODE), b"".join(flight.body), noted)
                found.append((flight.number, answer))
            for curl, code, said in bad:
                found.append((self._landed(curl).number, self._why_none(code, said)))
        return found

    def _landed(self, curl: pycurl.Curl) -> "_Flight":
        self._multi.remove_handle(curl)
        flight = self._flying.pop(curl)
        # What came would lie there until this one is used again.
        curl.setopt(pycurl.WRITEFUNCTION, _ignored)
        if flight.head is not None:
            curl.setopt(pycurl.HEADERFUNCTION, _ignored)
        # To those that sign alike: they are let go together.
        flight.free.append(curl)
        return flight

    def _why_none(self, code: int, said: str) -> NoAnswer | TooLarge:
        if code != pycurl.E_FILESIZE_EXCEEDED:
            return NoAnswer(said or f"libcurl ended with {code}")
        # libcurl keeps for itself which length was told.
        return TooLarge(self._limits.most + 1, self._limits.most, is_least=True)

    def _renewed(self) -> ReadOnlyCredentials:
        """Return the credentials, asked for now and then; with others, what signs with the former is let go."""
        used = self._credentials
        if used is not None and time.monotonic() < self._ask_at:
            return used
        fresh = self._signing.credentials()
        self._ask_at = time.monotonic() + _ASKED_AGAIN_S
        if fresh != used:
            self._credentials, self._free = fresh, []
        return fresh

    def _new(self, credentials: ReadOnlyCredentials) -> pycurl.Curl:
        token = [f"x-amz-security-token: {credentials.token}".encode()] if credentials.token else []
        options = {
            pycurl.AWS_SIGV4: f"aws:amz:{self._signing.region}:s3",
            pycurl.USERNAME: credentials.access_key,
            pycurl.PASSWORD: credentials.secret_key,
            pycurl.HTTPHEADER: [*self._said, *token],
            pycurl.USERAGENT: "kvswatch",
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.NOSIGNAL: 1,
            pycurl.TIMEOUT_MS: _TIMEOUT_MS,
            pycurl.CONNECTTIMEOUT_MS: round(self._limits.connect_s * 1000),
            pycurl.LOW_SPEED_LIMIT: 1,
            pycurl.LOW_SPEED_TIME: max(1, round(self._limits.silence_s)),
            pycurl.MAXFILESIZE_LARGE: self._limits.most,
            **_trusted(),
        }
        curl = pycurl.Curl()
        for option, value in options.items():
            # Of text pycurl takes ASCII alone; a file may have any name, and credentials are for S3 to judge.
            curl.setopt(option, os.fsencode(value) if isinstance(value, str) else value)
        return curl


class _Flight(NamedTuple):
    """A request under way: its number, what came of it so far, and with whom its handle waits afterwards.

    `head` is None where nobody wants it.
    """

    number: int
    body: list[bytes]
    head: list[bytes] | None
    free: list[pycurl.Curl]


def _ignored(_came: bytes) -> None:
    """Take a line of the head, or a part of the body."""


@cache
def _trusted() -> dict[int, str]:
    """Return whose certificates are trusted: those that boto3 trusts (AWS_CA_BUNDLE), and this machine's own.

    The configuration files take milliseconds to read: once for the process.
    """
    paths = ssl.get_default_verify_paths()
    bundle = Session().get_config_variable("ca_bundle") or paths.cafile or get_cert_path(verify=True)
    return {pycurl.CAINFO: bundle} | ({pycurl.CAPATH: paths.capath} if paths.capath else {})


def _metadata(headers: list[bytes]) -> dict[str, str]:
    """Return the names and values of an object's owner (S3 User Guide, "Working with object metadata")."""
    lines = (line.decode("latin-1").partition(":") for line in headers)
    named = ((name.casefold(), value.strip()) for name, _, value in lines)
    return {name.removeprefix(_META): value for name, value in named if name.startswith(_META)}
