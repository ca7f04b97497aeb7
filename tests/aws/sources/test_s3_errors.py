import pytest

from app.aws.errors import Archived, Denied, Expired, NotThere, Refused, Throttled, Unreachable
from app.aws.sources._s3_errors import Fault, explained, may_pass, outcome
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome

WHERE = "s3://logs/a.json.gz"


def answered(status: int, code: str = "", message: str = "") -> Fault:
    said = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>" if code else ""
    return Fault(status, said.encode())


@pytest.mark.parametrize(
    ("fault", "kind", "counted", "again"),
    [
        (answered(503, "SlowDown"), Throttled, CallOutcome.THROTTLED, True),
        (answered(503), Throttled, CallOutcome.THROTTLED, True),
        (answered(500, "InternalError"), Unreachable, CallOutcome.FAILED, True),
        (answered(502), Unreachable, CallOutcome.FAILED, True),
        (Fault(0, b"Empty reply from server"), Unreachable, CallOutcome.FAILED, True),
        (answered(403, "AccessDenied"), Denied, CallOutcome.DENIED, False),
        (answered(403), Denied, CallOutcome.DENIED, False),
        (answered(404, "NoSuchKey"), NotThere, CallOutcome.OK, False),
        (answered(404), NotThere, CallOutcome.OK, False),
        (answered(400, "ExpiredToken"), Expired, CallOutcome.FAILED, False),
        (answered(403, "InvalidObjectState"), Archived, CallOutcome.FAILED, False),
        (answered(400, "KMS.DisabledException"), Refused, CallOutcome.FAILED, False),
        (answered(301, "PermanentRedirect"), Refused, CallOutcome.FAILED, False),
        (answered(302), Unreachable, CallOutcome.FAILED, False),
    ],
    ids=[
        "slow down",
        "503 without a body",
        "server fault",
        "a gateway's fault",
        "lost connection",
        "denied listing",
        "denied without a body",
        "gone",
        "gone without a body",
        "expired",
        "archived",
        "refused",
        "another Region",
        "another site",
    ],
)
def test_it_tells_the_errors_apart(
    fault: Fault, kind: type[CouldNotLook], counted: CallOutcome, *, again: bool
) -> None:
    assert type(explained(fault, "GetObject", "eu-west-1", WHERE)) is kind
    assert (outcome(fault), may_pass(fault)) == (counted, again)


def test_it_names_the_file_and_what_aws_said() -> None:
    told = str(explained(answered(503, "SlowDown", "Reduce &amp; wait"), "GetObject", "x", WHERE))
    assert told == f"s3:GetObject in x: SlowDown: Reduce & wait ({WHERE}): still throttled after the last retry"


def test_it_names_what_became_of_a_request_without_an_answer() -> None:
    told = str(explained(Fault(0, b"Connection refused"), "GetObject", "x", WHERE))
    assert told == f"s3:GetObject on {WHERE}: Connection refused"
