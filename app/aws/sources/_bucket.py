"""One S3 bucket, listed and read: each attempt passes the budget, and is counted with how it ended."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

from botocore.credentials import ReadOnlyCredentials

from app.aws.budget import RateBudget
from app.aws.errors import NotThere, TooLarge, Unreachable, action
from app.aws.session import AccountSession, profile
from app.aws.sources._s3_attempts import AT_ONCE, Asked, ask
from app.aws.sources._s3_errors import Fault, explained
from app.aws.sources._s3_http import (
    Answer,
    Limits,
    NoUrl,
    Request,
    S3Http,
    Signing,
    listing_request,
    object_request,
)
from app.aws.sources._s3_listing import Listed, NoListing, Page, page
from app.aws.sources._source import Count
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome
from app.core.trailfile.backfill import MOST_FILES_A_SECOND

BUDGET = RateBudget(rate=MOST_FILES_A_SECOND, burst=MOST_FILES_A_SECOND)
"""For each account and Region, one for the process; S3 allows 5,500 GETs a second and prefix (S3 User Guide, "Best
practices design patterns"): a tenth, for it is not for us alone, and a backfill of millions of files ends in hours."""
_PAGE = 1000
"""Keys an answer of ListObjectsV2 at most."""
_LIST, _GET = "ListObjectsV2", "GetObject"
_OK = 200
_MOST_SAID = 1 << 16
"""Bytes of an error that are kept, of each of hundreds of objects: S3 says what it has to say in one of them."""
_REGION = re.compile(r"[./-]([a-z]{2}(?:-[a-z]+){1,3}-\d)\.")
"""As in s3.eu-central-1.amazonaws.com and bucket.vpce-1a2b.s3.us-gov-west-1.vpce.amazonaws.com."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object; `metadata` holds the names that its owner gave (`x-amz-meta-`)."""

    blob: bytes
    metadata: Mapping[str, str]


class Bucket:
    """Lists and reads one bucket, many objects at once. Use it in one thread at a time."""

    def __init__(self, session: AccountSession, name: str, count: Count) -> None:
        """Find the bucket's Region and be ready.

        Raises:
            CouldNotLook: the bucket is not there, or its Region may not be asked for.
        """
        self.name = name
        self._count = count
        way = _way(session, name)
        self.region = way.region
        self._budget_key = (session.account.id, self.region)
        self._settings = session.settings
        self._http = _http(session, name, way)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`, sorted."""
        query = {"prefix": prefix, "delimiter": "/"}
        names = (
            folder.removeprefix(prefix).strip("/")
            for found in self._pages(query, *self._asked_pages([query]))
            for folder in found.folders
        )
        return sorted(name for name in names if name not in {"", ".", ".."} and name.isprintable())

    def keys(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Yield the objects below `prefix` with keys greater than `after`, in order of key, a page at a time.

        Each page is a request of its own, so that one that fails is asked for again from where it begins.
        """
        (listing,) = self.keys_of_each([(prefix, after)])
        yield from listing

    def keys_of_each(self, wanted: Sequence[tuple[str, str]]) -> Iterator[Iterator[Listed]]:
        """Yield what `keys` does, for each (prefix, after) in turn; the first pages of some are asked for together.

        Of hundreds of folders most have nothing new, and a page takes as long as the way to S3 and back.
        """
        queries = [{"prefix": prefix} | ({"start-after": after} if after else {}) for prefix, after in wanted]
        for start in range(0, len(queries), AT_ONCE):
            group = queries[start : start + AT_ONCE]
            for query, asked in zip(group, self._asked_pages(group), strict=True):
                yield chain.from_iterable(found.objects for found in self._pages(query, asked))

    def _asked_pages(self, queries: Sequence[Mapping[str, str]]) -> list[Asked[Page]]:
        requests = [listing_request({"max-keys": str(_PAGE), **query}) for query in queries]
        every = ask(self._http, requests, _page, self._settings, self._wait)
        for asked in every:
            self._tell(_LIST, Counter(asked.ended))
        return every

    def _pages(self, query: Mapping[str, str], asked: Asked[Page]) -> Iterator[Page]:
        """Yield the page that was asked for, and those behind it."""
        where, token = f"s3://{self.name}/{query['prefix']}", None
        while True:
            found = asked.answer
            if isinstance(found, TooLarge):
                raise found
            if isinstance(found, Fault):
                raise explained(found, _LIST, self.region, where)
            if found.more is not None and found.more == token:
                raise Unreachable(f"{action('s3', _LIST)} on {where}: a page is said to be followed by itself")
            yield found
            if found.more is None:
                return
            token = found.more
            (asked,) = self._asked_pages([{**query, "continuation-token": token}])

    def read(self, keys: Sequence[str]) -> list[bytes | CouldNotLook]:
        """Return each object's bytes, or why it could not be read, in the order of `keys`."""
        return [
            found if isinstance(found, CouldNotLook) else found.body for found in self._got(keys, with_metadata=False)
        ]

    def objects(self, keys: Sequence[str]) -> list[Object | CouldNotLook]:
        """Return each object with its metadata, or why it could not be read, in the order of `keys`."""
        return [
            found if isinstance(found, CouldNotLook) else Object(found.body, found.metadata)
            for found in self._got(keys, with_metadata=True)
        ]

    def _got(self, keys: Sequence[str], *, with_metadata: bool) -> list[Answer | CouldNotLook]:
        requests: list[Request] = []
        odd: set[int] = set()
        for index, key in enumerate(keys):
            try:
                requests.append(object_request(key, with_metadata=with_metadata))
            except NoUrl:
                # Nobody lists such keys: a message or a digest, which anybody may have written, names them.
                odd.add(index)
        asked = ask(self._http, requests, _object, self._settings, self._wait)
        self._tell(_GET, Counter(chain.from_iterable(one.ended for one in asked)))
        answers = (one.answer for one in asked)
        return [
            self._no_such(key) if index in odd else self._explained(key, next(answers))
            for index, key in enumerate(keys)
        ]

    def _no_such(self, key: str) -> NotThere:
        return NotThere(f"s3://{self.name}/{key} is no key that a file of CloudTrail can have", "NoSuchKey")

    def _explained(self, key: str, answer: Answer | TooLarge | Fault) -> Answer | CouldNotLook:
        if isinstance(answer, Fault):
            return explained(answer, _GET, self.region, f"s3://{self.name}/{key}")
        return answer

    def _wait(self) -> None:
        BUDGET.wait(self._budget_key)

    def _tell(self, operation: str, ended: Mapping[CallOutcome, int]) -> None:
        for how, n in ended.items():
            self._count(action("s3", operation), self.region, how, n)


def _object(answer: Answer) -> Answer | Fault:
    return answer if answer.status == _OK else _fault(answer)


def _fault(answer: Answer) -> Fault:
    return Fault(answer.status, answer.body[:_MOST_SAID])


def _page(answer: Answer) -> Page | Fault:
    if answer.status != _OK:
        return _fault(answer)
    try:
        return page(answer.body)
    except NoListing as error:
        return Fault(0, str(error).encode())


@dataclass(frozen=True, slots=True)
class _Way:
    """How a bucket is reached: its endpoint, None for AWS's own, and what to sign with."""

    endpoint: str | None
    region: str
    credentials: Callable[[], ReadOnlyCredentials]
    requester_pays: bool = False


def _way(session: AccountSession, bucket: str) -> _Way:
    """Return the way to a bucket; what an account says of its log bucket holds for no other."""
    account, everywhere = session.account, session.settings.endpoint_url
    if bucket not in account.log_buckets:
        return _Way(everywhere, _region(session, bucket), session.credentials)
    pays = account.log_requester_pays
    if account.log_endpoint is None:
        return _Way(everywhere, _region(session, bucket), session.credentials, requester_pays=pays)
    name = account.log_profile
    if name is None:
        return _Way(account.log_endpoint, _named_region(account.log_endpoint), session.credentials, requester_pays=pays)
    region = profile(name).region or _named_region(account.log_endpoint)
    return _Way(account.log_endpoint, region, lambda: profile(name).credentials, requester_pays=pays)


def _named_region(endpoint: str) -> str:
    """Return the Region that an endpoint's name has in it; us-east-1, which S3s that are not AWS's take, when none.

    A wrong one is refused (AuthorizationHeaderMalformed) with the right one in the message: `region` of the profile.
    """
    found = _REGION.search(endpoint)
    return found[1] if found else "us-east-1"


def _region(session: AccountSession, bucket: str) -> str:
    try:
        answer = session.call("s3", "get_bucket_location", Bucket=bucket)
    except NotThere as error:
        raise NotThere(f"there is no bucket {bucket}: check log_bucket of the account ({error})", error.code) from error
    # S3 API Reference, GetBucketLocation: null is us-east-1, and EU is eu-west-1.
    found = answer.get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if found == "EU" else str(found)


def _url(way: _Way, partition: str, bucket: str) -> str:
    """Return the URL of a bucket. Of AWS's S3 it is a host of its own, elsewhere a path.

    A bucket of AWS's with a dot in its name is asked for by path, too: the certificate is of one label alone (S3 User
    Guide, "Virtual hosting of general purpose buckets").
    """
    if way.endpoint is not None:
        return f"{way.endpoint.rstrip('/')}/{bucket}"
    host = f"s3.{way.region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"
    return f"https://{host}/{bucket}" if "." in bucket else f"https://{bucket}.{host}"


def _http(session: AccountSession, name: str, way: _Way) -> S3Http:
    settings = session.settings
    return S3Http(
        _url(way, session.account.partition, name),
        Signing(way.region, way.credentials),
        Limits(settings.connect_timeout_s, settings.read_timeout_s, settings.max_file_bytes),
        requester_pays=way.requester_pays,
    )
