"""GETs of one bucket over HTTP by libcurl, which signs them: a tenth of what boto3 takes for one.

libcurl speaks AWS Signature Version 4 by itself (curl, "CURLOPT_AWS_SIGV4"); a test holds its signatures against
botocore's. It repeats nothing and follows no redirect: what becomes of an answer is decided by who asked.
"""

import ssl
import threading
import time
from collections import deque
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


class NoAnswer(CouldNotLook):
    """No answer came, or not all of one: no connection, a certificate that is not trusted, a silence, an end."""


class Answer(NamedTuple):
    """What was answered. `metadata` holds the names that an object's owner gave, where they were asked for."""

    status: int
    body: bytes
    metadata: Mapping[str, str]


class NoUrl(ValueError):
    """A key that no URL names: it is empty, no UTF-8, or has a name in it that is a dot or two."""


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
    """Asks one bucket at `url`, in any thread; each request takes a connection that is free, or makes one."""

    def __init__(self, url: str, signing: Signing, limits: Limits, *, requester_pays: bool = False) -> None:
        self._url, self._signing, self._limits = url, signing, limits
        self._said = ["x-amz-request-payer: requester"] if requester_pays else []
        self._lock = threading.Lock()
        self._ask_at = 0.0
        self._signed: tuple[ReadOnlyCredentials | None, deque[pycurl.Curl]] = (None, deque())

    def close(self) -> None:
        """Close the connections that are free."""
        free = self._signed[1]
        while free:
            free.pop().close()

    def object(self, key: str, *, with_metadata: bool = False) -> Answer:
        """Return what S3 answers to GetObject.

        Raises:
            NoAnswer: also where an answer came in part.
            TooLarge: more bytes than the limit; they were left where they are.
            NoUrl: of such a key.
        """
        # A dot for a name leads elsewhere, and no name to the bucket itself.
        if not key or (("/." in key or key[0] == ".") and not {".", ".."}.isdisjoint(key.split("/"))):
            raise NoUrl(f"no URL names the key {key!r}")
        try:
            path = quote(key, safe="/~")
        except UnicodeEncodeError as error:
            raise NoUrl(f"no URL names the key {key!r}: it is no UTF-8") from error
        return self._get(f"/{path}", with_metadata=with_metadata)

    def listing(self, query: Mapping[str, str]) -> Answer:
        """Return what S3 answers to ListObjectsV2; `query` has its parameters.

        Raises:
            NoAnswer: also where an answer came in part.
        """
        every = {"list-type": "2", "encoding-type": "url", **query}
        return self._get(f"/?{urlencode(sorted(every.items()), quote_via=quote, safe='')}")

    def _get(self, target: str, *, with_metadata: bool = False) -> Answer:
        credentials, free = self._now_signed()
        try:
            curl = free.pop()
        except IndexError:
            curl = self._new(credentials)
        curl.setopt(pycurl.URL, self._url + target)
        headers: list[bytes] = []
        if with_metadata:
            curl.setopt(pycurl.HEADERFUNCTION, headers.append)
        try:
            body = curl.perform_rb()
            return Answer(curl.getinfo(pycurl.RESPONSE_CODE), body, _metadata(headers) if headers else {})
        except pycurl.error as error:
            code, said = error.args
            if code == pycurl.E_FILESIZE_EXCEEDED:
                # One that told no length has one byte more at least.
                told = curl.getinfo(pycurl.CONTENT_LENGTH_DOWNLOAD_T)
                raise TooLarge(max(told, self._limits.most + 1)) from error
            raise NoAnswer(said) from error
        finally:
            if with_metadata:
                curl.setopt(pycurl.HEADERFUNCTION, _ignored)
            # To those of its own credentials: they are let go together.
            free.append(curl)

    def _now_signed(self) -> tuple[ReadOnlyCredentials, deque[pycurl.Curl]]:
        """Return the credentials of now, and the free connections that sign with them."""
        with self._lock:
            used, free = self._signed
            if used is None or time.monotonic() >= self._ask_at:
                fresh = self._signing.credentials()
                self._ask_at = time.monotonic() + _ASKED_AGAIN_S
                if fresh != used:
                    used, free = self._signed = (fresh, deque())
            return used, free

    def _new(self, credentials: ReadOnlyCredentials) -> pycurl.Curl:
        token = [f"x-amz-security-token: {credentials.token}"] if credentials.token else []
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
            curl.setopt(option, value)
        return curl


def _ignored(_line: bytes) -> None:
    """Take a line of the head: curl's own way of taking none cannot be set again."""


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
