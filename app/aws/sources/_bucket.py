"""One S3 bucket, listed and read by obstore: a GET costs an eighth of what boto3 takes for it."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, Self

import obstore
from botocore.exceptions import ClientError
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError
from obstore.store import S3Store

from app.aws.budget import RateBudget
from app.aws.errors import NotThere, Unreachable, action, from_client_error, outcome_of
from app.aws.session import AccountSession
from app.aws.sources._source import Count
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome

if TYPE_CHECKING:
    from obstore.store import S3Config  # the package has it for type checkers alone

THREADS = 24
BUDGET = RateBudget(rate=100.0, burst=200.0)
"""For each account and Region, one for the process; S3 allows 5,500 GETs a second and prefix, not for us alone.

A request that obstore repeats by itself (up to four times, with growing pauses) passes and is counted once.
"""
_CREDENTIALS_GOOD_FOR = timedelta(minutes=10)
_LIST, _GET = "ListObjectsV2", "GetObject"


@dataclass(frozen=True, slots=True)
class Listed:
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
        self.region = _region(session, name)
        self._budget_key = (session.account.id, self.region)
        self._store = _store(session, name, self.region)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`, sorted."""
        BUDGET.wait(self._budget_key)
        try:
            answer = obstore.list_with_delimiter(self._store, prefix)
        except BaseError as error:
            self._refused(error, _LIST, prefix)
        self._count(action("s3", _LIST), self.region, CallOutcome.OK, 1)
        return sorted(folder.removeprefix(prefix).strip("/") for folder in answer["common_prefixes"])

    def keys(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Yield the objects below `prefix` with keys greater than `after`, in order of key, a page at a time.

        An empty listing has no page, and yet S3 was asked: it counts as one call.
        """
        pages = 0
        BUDGET.wait(self._budget_key)
        try:
            for page in obstore.list(self._store, prefix, offset=after or None, chunk_size=1000):
                self._count(action("s3", _LIST), self.region, CallOutcome.OK, 1)
                pages += 1
                yield from (Listed(item["path"], item["size"]) for item in page)
                BUDGET.wait(self._budget_key)
        except BaseError as error:
            self._refused(error, _LIST, prefix)
        if pages == 0:
            self._count(action("s3", _LIST), self.region, CallOutcome.OK, 1)

    def read(self, keys: Sequence[str]) -> list[bytes | CouldNotLook]:
        """Return each object's bytes, or why it could not be read, in the order of `keys`."""
        return [answer.blob if isinstance(answer, Object) else answer for answer in self.objects(keys)]

    def objects(self, keys: Sequence[str]) -> list[Object | CouldNotLook]:
        """Return each object with its metadata, or why it could not be read, in the order of `keys`."""
        answers = list(self._threads.map(self._read, keys))
        for outcome, n in Counter(_outcome(answer) for answer in answers).items():
            self._count(action("s3", _GET), self.region, outcome, n)
        return [
            _error(answer, _GET, self.region, f"s3://{self.name}/{key}") if isinstance(answer, BaseError) else answer
            for key, answer in zip(keys, answers, strict=True)
        ]

    def _read(self, key: str) -> Object | BaseError:
        BUDGET.wait(self._budget_key)
        try:
            got = obstore.get(self._store, key)
            return Object(bytes(got.bytes()), dict(got.attributes))
        except FileNotFoundError as error:
            # obstore raises Python's own error for an object that is gone, none of its family.
            return NotFoundError(str(error))
        except BaseError as error:
            return error

    def _refused(self, error: BaseError, operation: str, prefix: str) -> NoReturn:
        self._count(action("s3", operation), self.region, _outcome(error), 1)
        raise _error(error, operation, self.region, f"s3://{self.name}/{prefix}") from error


def _region(session: AccountSession, bucket: str) -> str:
    try:
        answer = session.call("s3", "get_bucket_location", Bucket=bucket)
    except NotThere as error:
        raise NotThere(f"there is no bucket {bucket}: check log_bucket of the account ({error})", error.code) from error
    # S3 API Reference, GetBucketLocation: null is us-east-1, and EU is eu-west-1.
    found = answer.get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if found == "EU" else str(found)


def _credentials(session: AccountSession) -> Callable[[], Any]:
    def provide() -> Mapping[str, Any]:
        found = session.credentials()
        return {
            "access_key_id": found.access_key,
            "secret_access_key": found.secret_key,
            "token": found.token,
            # What the session promises of what it gives out; it renews in time when it is asked again.
            "expires_at": session.settings.now().astimezone(UTC) + _CREDENTIALS_GOOD_FOR,
        }

    return provide


def _store(session: AccountSession, name: str, region: str) -> S3Store:
    endpoint = session.settings.endpoint_url
    config: S3Config = {"region": region, "virtual_hosted_style_request": endpoint is None}
    if endpoint is not None:
        config["endpoint"] = endpoint
    return S3Store(
        name,
        config=config,
        client_options={"allow_http": True, "connect_timeout": timedelta(seconds=5), "timeout": timedelta(minutes=2)},
        retry_config={"max_retries": 4, "retry_timeout": timedelta(minutes=1)},
        credential_provider=_credentials(session),
    )


_SAID = re.compile(r"<Code>([^<]*)</Code>(?:.*?<Message>([^<]*)</Message>)?", re.DOTALL)
_STATUS = re.compile(r"status code: (\d{3})")


def _outcome(answer: Object | BaseError) -> CallOutcome:
    if isinstance(answer, BaseError):
        return outcome_of("AccessDenied" if isinstance(answer, PermissionDeniedError) else _code(answer))
    return CallOutcome.OK


def _code(error: BaseError) -> str:
    said = _SAID.search(str(error))
    return said[1] if said else ""


def _error(error: BaseError, operation: str, region: str, where: str) -> CouldNotLook:
    """Return our error for obstore's, in whose text is what S3 answered.

    Its own types do not suffice: a denied listing is a GenericError like a lost connection.
    """
    text = str(error).split("\n\nDebug source:")[0]
    said, status = _SAID.search(text), _STATUS.search(text)
    if said is None and not isinstance(error, PermissionDeniedError | NotFoundError):
        return Unreachable(f"{action('s3', operation)} on {where}: {' '.join(text.split())}")
    code = said[1] if said else "AccessDenied" if isinstance(error, PermissionDeniedError) else "NoSuchKey"
    message = html.unescape((said[2] or "") if said else "")
    answer: Any = {
        "Error": {"Code": code, "Message": f"{message} ({where})"},
        "ResponseMetadata": {"HTTPStatusCode": int(status[1]) if status else 0},
    }
    return from_client_error(ClientError(answer, operation), "s3", region)
