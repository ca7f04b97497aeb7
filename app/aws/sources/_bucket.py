"""One S3 bucket, listed and read: each attempt passes the budget, and is counted with how it ended."""

import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Self, TypeVar

from botocore.credentials import ReadOnlyCredentials

from app.aws.budget import RateBudget
from app.aws.errors import NotThere, TooLarge, action
from app.aws.session import AccountSession, profile
from app.aws.sources._s3_errors import Fault, explained, may_pass, outcome
from app.aws.sources._s3_http import Answer, Limits, NoAnswer, NoUrl, S3Http, Signing
from app.aws.sources._s3_listing import Listed, NoListing, Page, page
from app.aws.sources._source import Count
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome
from app.core.trailfile.backfill import MOST_FILES_A_SECOND
from app.core.trailfile.gunzip import MAX_BYTES

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Failed:
    """What came instead of what was asked for."""

    fault: Fault


_Asked = tuple[T | _Failed, Sequence[CallOutcome]]
"""What the last attempt gave, and how each one ended."""

THREADS = 24
BUDGET = RateBudget(rate=MOST_FILES_A_SECOND, burst=MOST_FILES_A_SECOND)
"""For each account and Region, one for the process; S3 allows 5,500 GETs a second and prefix (S3 User Guide, "Best
practices design patterns"): a tenth, for it is not for us alone, and a backfill of millions of files ends in hours."""
RETRIED_FOR_S = 60.0
"""No attempt begins later than that after the first: a file can wait for the next run, those behind it cannot."""
_PAGE = 1000
"""Keys an answer of ListObjectsV2 at most."""
_LIST, _GET = "ListObjectsV2", "GetObject"
_OK = 200
_REGION = re.compile(r"[./-]([a-z]{2}(?:-[a-z]+){1,3}-\d)\.")
"""As in s3.eu-central-1.amazonaws.com and bucket.vpce-1a2b.s3.us-gov-west-1.vpce.amazonaws.com."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object; `metadata` holds the names that its owner gave (`x-amz-meta-`)."""

    blob: bytes
    metadata: Mapping[str, str]


class Bucket:
    """Lists and reads one bucket. Use it in one thread; it has threads of its own for reading."""

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
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`, sorted."""
        found = self._pages(prefix, self._ask(partial(self._page, {"prefix": prefix, "delimiter": "/"})), delimiter="/")
        names = (folder.removeprefix(prefix).strip("/") for page in found for folder in page.folders)
        return sorted(name for name in names if name not in {"", ".", ".."} and name.isprintable())

    def keys(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Yield the objects below `prefix` with keys greater than `after`, in order of key, a page at a time.

        Each page is a request of its own, so that one that fails is asked for again from where it begins.
        """
        yield from self._objects(prefix, self._ask(partial(self._first_page, prefix, after)))

    def keys_of_each(self, wanted: Sequence[tuple[str, str]]) -> Iterator[Iterator[Listed]]:
        """Yield what `keys` does, for each (prefix, after) in turn; the first pages of some are asked for together.

        Of hundreds of folders most have nothing new, and a page takes as long as the way to S3 and back.
        """
        for start in range(0, len(wanted), THREADS):
            group = wanted[start : start + THREADS]
            asked = list(self._threads.map(lambda one: self._ask(partial(self._first_page, *one)), group))
            for (prefix, _), answer in zip(group, asked, strict=True):
                yield self._objects(prefix, answer)

    def _first_page(self, prefix: str, after: str) -> Page | _Failed:
        return self._page({"prefix": prefix} | ({"start-after": after} if after else {}))

    def _objects(self, prefix: str, asked: _Asked[Page]) -> Iterator[Listed]:
        return chain.from_iterable(page.objects for page in self._pages(prefix, asked))

    def _pages(self, prefix: str, asked: _Asked[Page], **query: str) -> Iterator[Page]:
        """Yield the page that was asked for, and those behind it."""
        while True:
            found = self._told(prefix, asked)
            yield found
            if found.more is None:
                return
            asked = self._ask(partial(self._page, {"prefix": prefix, "continuation-token": found.more, **query}))

    def _page(self, query: Mapping[str, str]) -> Page | _Failed:
        answer = self._http.listing({"max-keys": str(_PAGE), **query})
        if answer.status != _OK:
            return _Failed(answer)
        try:
            return page(answer.body)
        except NoListing as error:
            return _Failed(NoAnswer(str(error)))

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
        def ask(key: str) -> _Asked[Answer | CouldNotLook]:
            return self._ask(lambda: self._get(key, with_metadata=with_metadata))

        asked = self._each(keys, ask)
        self._tell(_GET, Counter(chain.from_iterable(ended for _, ended in asked)))
        return [
            explained(answer.fault, _GET, self.region, f"s3://{self.name}/{key}")
            if isinstance(answer, _Failed)
            else answer
            for key, (answer, _) in zip(keys, asked, strict=True)
        ]

    def _each(self, keys: Sequence[str], call: Callable[[str], T]) -> list[T]:
        """Return what `call` gives for each key, in the order of `keys`.

        Each thread takes the next key by itself: a future for each costs half of what its GET does.
        """
        waiting = deque(enumerate(keys))
        answers: dict[int, T] = {}

        def work() -> None:
            while True:
                try:
                    index, key = waiting.popleft()
                except IndexError:
                    return
                answers[index] = call(key)

        try:
            for working in [self._threads.submit(work) for _ in range(min(THREADS, len(keys)))]:
                working.result()
        finally:
            waiting.clear()
        return [answers[index] for index in range(len(keys))]

    def _get(self, key: str, *, with_metadata: bool) -> Answer | CouldNotLook | _Failed:
        try:
            answer = self._http.object(key, with_metadata=with_metadata)
        except TooLarge as error:
            # Of a file that no listing told of: only the head of the answer was taken.
            return error
        except NoUrl:
            # Nobody lists such keys: a message or a digest, which anybody may have written, names them.
            return NotThere(f"s3://{self.name}/{key} is no key that a file of CloudTrail can have", "NoSuchKey")
        return answer if answer.status == _OK else _Failed(answer)

    def _told(self, prefix: str, asked: _Asked[T]) -> T:
        """Return what a listing gave, once its attempts are counted."""
        answer, ended = asked
        self._tell(_LIST, Counter(ended))
        if isinstance(answer, _Failed):
            raise explained(answer.fault, _LIST, self.region, f"s3://{self.name}/{prefix}")
        return answer

    def _ask(self, call: Callable[[], T | _Failed]) -> _Asked[T]:
        """Return what the last attempt gave, and how each attempt ended; in any thread.

        What may pass is tried again after a pause, as often as the settings say.
        """
        ended: list[CallOutcome] = []
        begun = time.monotonic()
        while True:
            BUDGET.wait(self._budget_key)
            try:
                answer = call()
            except NoAnswer as none:
                answer = _Failed(none)
            if not isinstance(answer, _Failed):
                ended.append(CallOutcome.OK)
                return answer, ended
            ended.append(outcome(answer.fault))
            is_last = len(ended) >= self._settings.attempts or time.monotonic() - begun > RETRIED_FOR_S
            if is_last or not may_pass(answer.fault):
                return answer, ended
            time.sleep(self._settings.pause_s(len(ended)))

    def _tell(self, operation: str, ended: Mapping[CallOutcome, int]) -> None:
        for how, n in ended.items():
            self._count(action("s3", operation), self.region, how, n)


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
    if account.log_profile is None:
        return _Way(account.log_endpoint, _named_region(account.log_endpoint), session.credentials, requester_pays=pays)
    own = profile(account.log_profile)
    region = own.region or _named_region(account.log_endpoint)
    return _Way(account.log_endpoint, region, lambda: own.credentials, requester_pays=pays)


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
        Limits(settings.connect_timeout_s, settings.read_timeout_s, MAX_BYTES),
        requester_pays=way.requester_pays,
    )
