import pytest
from obstore.exceptions import BaseError, GenericError, InvalidPathError, NotFoundError, PermissionDeniedError

from app.aws.errors import Archived, Denied, Expired, NotThere, Refused, Throttled, Unreachable
from app.aws.sources._s3_errors import explained, may_pass, outcome
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome

WHERE = "s3://logs/a.json.gz"


def answered(status: str, code: str = "", message: str = "", kind: type[BaseError] = GenericError) -> BaseError:
    """Return an error as obstore words it."""
    said = f': <?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>' if code else ""
    text = f"Error performing GET {WHERE} in 2ms - Server returned non-2xx status code: {status}{said}"
    return kind(f"Generic S3 error: {text}\n\nDebug source:\nGeneric {{ store: S3 }}")


LOST = GenericError("Generic S3 error: Error performing GET x in 2ms - HTTP error: error sending request")


@pytest.mark.parametrize(
    ("error", "kind", "counted", "again"),
    [
        (answered("503 Service Unavailable", "SlowDown"), Throttled, CallOutcome.THROTTLED, True),
        (answered("503 Service Unavailable"), Throttled, CallOutcome.THROTTLED, True),
        (answered("500 Internal Server Error", "InternalError"), Unreachable, CallOutcome.FAILED, True),
        (LOST, Unreachable, CallOutcome.FAILED, True),
        (answered("403 Forbidden", "AccessDenied"), Denied, CallOutcome.DENIED, False),
        (answered("403 Forbidden", kind=PermissionDeniedError), Denied, CallOutcome.DENIED, False),
        (answered("404 Not Found", "NoSuchKey", kind=NotFoundError), NotThere, CallOutcome.OK, False),
        (answered("400 Bad Request", "ExpiredToken"), Expired, CallOutcome.FAILED, False),
        (answered("403 Forbidden", "InvalidObjectState"), Archived, CallOutcome.FAILED, False),
        (answered("400 Bad Request", "KMS.DisabledException"), Refused, CallOutcome.FAILED, False),
        (InvalidPathError("Path contains an empty segment"), Unreachable, CallOutcome.FAILED, False),
    ],
    ids=[
        "slow down",
        "503 without a body",
        "server fault",
        "lost connection",
        "denied listing",
        "denied without a body",
        "gone",
        "expired",
        "archived",
        "refused",
        "path",
    ],
)
def test_it_tells_the_errors_apart(
    error: BaseError, kind: type[CouldNotLook], counted: CallOutcome, *, again: bool
) -> None:
    assert type(explained(error, "GetObject", "eu-west-1", WHERE)) is kind
    assert (outcome(error), may_pass(error)) == (counted, again)


def test_it_names_the_file_and_leaves_out_what_is_for_developers() -> None:
    told = str(explained(answered("503 Service Unavailable", "SlowDown", "Reduce &amp; wait"), "GetObject", "x", WHERE))
    assert told == f"s3:GetObject in x: SlowDown: Reduce & wait ({WHERE}): still throttled after the last retry"
