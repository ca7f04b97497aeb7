"""One S3 bucket, listed and read by obstore: a GET costs an eighth of what boto3 takes for it.

obstore would repeat a request by itself, unseen; that is switched off. Each attempt is made here, passes the budget,
and is counted with how it ended. A listing with a key that obstore takes for none (`a//b`) is asked for by boto3.
"""

import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import obstore
from botocore.credentials import ReadOnlyCredentials
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from app.aws.budget import RateBudget
from app.aws.errors import NotThere, TooLarge, action
from app.aws.session import AccountSession, profile
from app.aws.sources._s3_errors import explained, is_of_odd_key, may_pass, outcome
from app.aws.sources._source import Count
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome
from app.core.trailfile.backfill import MOST_FILES_A_SECOND
from app.core.trailfile.gunzip import MAX_BYTES

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta
    from obstore.store import S3Config  # the package has both for type checkers alone

T = TypeVar("T")
_Asked = tuple[T | BaseError, Sequence[CallOutcome]]
"""What the last attempt gave, and how each one ended."""

THREADS = 24
BUDGET = RateBudget(rate=MOST_FILES_A_SECOND, burst=MOST_FILES_A_SECOND)
"""For each account and Region, one for the process; S3 allows 5,500 GETs a second and prefix (S3 User Guide, "Best
practices design patterns"): a tenth, for it is not for us alone, and a backfill of millions of files ends in hours."""
RETRIED_FOR_S = 60.0
"""No attempt begins later than that after the first: a file can wait for the next run, those behind it cannot."""
_PAGE = 1000
"""Keys an answer of ListObjectsV2 at most."""
_TIMEOUT = timedelta(minutes=2)
"""For one whole request; `read_timeout_s` of the settings is for each silence in it."""
_CREDENTIALS_GOOD_FOR = timedelta(minutes=10)
_LIST, _GET = "ListObjectsV2", "GetObject"
_REGION = re.compile(r"[./-]([a-z]{2}(?:-[a-z]+){1,3}-\d)\.")
"""As in s3.eu-central-1.amazonaws.com and bucket.vpce-1a2b.s3.us-gov-west-1.vpce.amazonaws.com."""


class Listed(NamedTuple):
    """One object of a listing; `size` in bytes, compressed."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Object:
    """One object; `metadata` holds the names that its owner gave (`x-amz-meta-`), among S3's own."""

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
        self._session, self._way = session, way
        self._budget_key = (session.account.id, self.region)
        self._settings = session.settings
        self._store = _store(session, name, way)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`, sorted."""
        asked = self._ask(lambda: obstore.list_with_delimiter(self._store, prefix))
        if self._has_odd_key(asked[0]):
            found = self._plainly(prefix, Delimiter="/")
            folders = [folder["Prefix"] for page in found for folder in page.get("CommonPrefixes", ())]
        else:
            folders = list(self._told(prefix, asked)["common_prefixes"])
        names = (folder.removeprefix(prefix).strip("/") for folder in folders)
        return sorted(name for name in names if name not in {"", ".", ".."} and name.isprintable())

    def keys(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Yield the objects below `prefix` with keys greater than `after`, in order of key, a page at a time.

        Each page is a listing of its own, so that one that fails is asked for again from where it begins.
        """
        yield from self._from_page(prefix, after, self._ask(partial(self._page, prefix, after)))

    def keys_of_each(self, wanted: Sequence[tuple[str, str]]) -> Iterator[Iterator[Listed]]:
        """Yield what `keys` does, for each (prefix, after) in turn; the first pages of some are asked for together.

        Of hundreds of folders most have nothing new, and a page takes as long as the way to S3 and back.
        """
        for start in range(0, len(wanted), THREADS):
            group = wanted[start : start + THREADS]
            asked = list(self._threads.map(lambda one: self._ask(partial(self._page, *one)), group))
            for (prefix, after), answer in zip(group, asked, strict=True):
                yield self._from_page(prefix, after, answer)

    def _from_page(self, prefix: str, after: str, asked: "_Asked[Sequence[ObjectMeta]]") -> Iterator[Listed]:
        while not self._has_odd_key(asked[0]):
            page = self._told(prefix, asked)
            yield from (Listed(item["path"], item["size"]) for item in page)
            if len(page) < _PAGE:
                return
            after = page[-1]["path"]
            asked = self._ask(partial(self._page, prefix, after))
        self._tell(_LIST, Counter(asked[1]))
        for plain in self._plainly(prefix, StartAfter=after):
            yield from (Listed(item["Key"], item["Size"]) for item in plain.get("Contents", ()))

    def _has_odd_key(self, answer: object) -> bool:
        """Whether a listing is to be asked for by boto3, which asks AWS's own S3 alone."""
        is_aws = self._way.endpoint == self._settings.endpoint_url
        return is_aws and isinstance(answer, BaseError) and is_of_odd_key(answer)

    def _plainly(self, prefix: str, **parameters: str) -> Iterator[Mapping[str, Any]]:
        """Yield the pages of a listing as boto3 has them, with every key that S3 gives."""
        if self._way.requester_pays:
            parameters["RequestPayer"] = "requester"
        while True:
            page = self._session.call(
                "s3", "list_objects_v2", self.region, Bucket=self.name, Prefix=prefix, **parameters
            )
            yield page
            if not page.get("IsTruncated"):
                return
            parameters["ContinuationToken"] = page["NextContinuationToken"]

    def _page(self, prefix: str, after: str) -> "Sequence[ObjectMeta]":
        return next(iter(obstore.list(self._store, prefix, offset=after or None, chunk_size=_PAGE)), ())

    def read(self, keys: Sequence[str]) -> list[bytes | CouldNotLook]:
        """Return each object's bytes, or why it could not be read, in the order of `keys`."""
        return self._got(keys, _blob)

    def objects(self, keys: Sequence[str]) -> list[Object | CouldNotLook]:
        """Return each object with its metadata, or why it could not be read, in the order of `keys`."""
        return self._got(keys, lambda got: Object(_blob(got), dict(got.attributes)))

    def _got(self, keys: Sequence[str], taken: Callable[["GetResult"], T]) -> list[T | CouldNotLook]:
        asked = self._each(keys, lambda key: self._ask(partial(self._get, key, taken)))
        self._tell(_GET, Counter(chain.from_iterable(ended for _, ended in asked)))
        return [
            explained(answer, _GET, self.region, f"s3://{self.name}/{key}") if isinstance(answer, BaseError) else answer
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

    def _get(self, key: str, taken: Callable[["GetResult"], T]) -> T | CouldNotLook:
        try:
            got = obstore.get(self._store, key)
            # All of it was asked for. `meta` says its size too, and costs as much as the rest of what is done here.
            size = got.range[1]
            # Of a file that no listing told of: only the head of the answer was taken.
            return TooLarge(size) if size > MAX_BYTES else taken(got)
        except FileNotFoundError as error:
            # obstore raises Python's own error for an object that is gone, none of its family.
            raise NotFoundError(str(error)) from error
        except ValueError:
            # Nobody lists such keys: a message or a digest, which anybody may have written, names them.
            return NotThere(f"s3://{self.name}/{key} is no key that a file of CloudTrail can have", "NoSuchKey")

    def _told(self, prefix: str, asked: _Asked[T]) -> T:
        """Return what a listing gave, once its attempts are counted."""
        answer, ended = asked
        self._tell(_LIST, Counter(ended))
        if isinstance(answer, BaseError):
            raise explained(answer, _LIST, self.region, f"s3://{self.name}/{prefix}") from answer
        return answer

    def _ask(self, call: Callable[[], T]) -> _Asked[T]:
        """Return what the last attempt gave, and how each attempt ended; in any thread.

        What may pass is tried again after a pause, as often as the settings say.
        """
        ended: list[CallOutcome] = []
        begun = time.monotonic()
        while True:
            BUDGET.wait(self._budget_key)
            try:
                answer = call()
            except BaseError as error:
                ended.append(outcome(error))
                is_last = len(ended) >= self._settings.attempts or time.monotonic() - begun > RETRIED_FOR_S
                if is_last or not may_pass(error):
                    return error, ended
            else:
                ended.append(CallOutcome.OK)
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


def _blob(got: "GetResult") -> bytes:
    return bytes(got.bytes())


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


def _credentials(session: AccountSession, way: _Way) -> Callable[[], Any]:
    def provide() -> Mapping[str, Any]:
        found = way.credentials()
        given = {"access_key_id": found.access_key, "secret_access_key": found.secret_key}
        if found.token:
            given["token"] = found.token
        # What the session promises of what it gives out; it renews in time when it is asked again.
        return given | {"expires_at": session.settings.now().astimezone(UTC) + _CREDENTIALS_GOOD_FOR}

    return provide


def _aws_endpoint(partition: str, region: str, bucket: str) -> str:
    """Return AWS's own S3 of a Region, that of one bucket where one is given.

    obstore knows no China. A bucket with a dot in its name is asked for by path: the certificate is of one label alone
    (S3 User Guide, "Virtual hosting of general purpose buckets").
    """
    host = f"s3.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"
    return f"https://{bucket}.{host}" if bucket else f"https://{host}"


def _store(session: AccountSession, name: str, way: _Way) -> S3Store:
    settings = session.settings
    is_virtual = way.endpoint is None and "." not in name
    config: S3Config = {
        "region": way.region,
        "endpoint": way.endpoint or _aws_endpoint(session.account.partition, way.region, name if is_virtual else ""),
        "virtual_hosted_style_request": is_virtual,
        "request_payer": way.requester_pays,
    }
    return S3Store(
        name,
        config=config,
        client_options={
            "allow_http": True,
            "connect_timeout": timedelta(seconds=settings.connect_timeout_s),
            "read_timeout": timedelta(seconds=settings.read_timeout_s),
            "timeout": _TIMEOUT,
        },
        retry_config={"max_retries": 0},
        credential_provider=_credentials(session, way),
    )
