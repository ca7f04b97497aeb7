"""From records as they come in to the hops that the drawer prints."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from app.core.assumptions._assumption import Rests
from app.core.model.scope import EVERYTHING
from app.core.query.cursor import referenced
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.core.trailfile.shape import decoded
from app.db.queries.events import find_event
from app.db.queries.ingest import EventStore
from app.db.queries.principal_pages import ids_of
from app.web.who_behind import Hop, Who, who_behind
from tests.builders.assumptions import identity
from tests.builders.stored import arrival
from tests.builders.trail import ACCOUNT, assume_role_record, compact, guid, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MIDDLE, FAR = "222233334444", "444455556666"
OURS = frozenset({int(ACCOUNT), int(MIDDLE)})
CALL = kvs_record(1)
CERTIFICATE = "599efcf0" * 8


@pytest.fixture
def come(app_engine: Engine):
    """Let records come in, each list as a batch of its own."""
    store = EventStore(app_engine)

    def come(*batches: list[dict]) -> None:
        for batch in batches:
            store.store([arrival(*batch)], now=NOW)

    return come


@pytest.fixture
def who(read_engine: Engine):
    """Return who was behind the call, as its drawer says it."""

    def who(call: dict = CALL, onboarded: frozenset[int] = OURS) -> Who:
        wanted = referenced(f"{ACCOUNT}.20261101T101500Z.{guid('event 1')}")
        assert wanted is not None
        with read_engine.connect() as connection:
            query = parse([], EVENTS, NOW).filter
            event = find_event(connection, EVERYTHING, wanted, query)
            assert event is not None
            whose = decoded(compact(call)).user_identity
            return who_behind(connection, EVERYTHING, event, whose, onboarded)

    return who


def hops(found: Who) -> list[tuple[str, str]]:
    return [(hop.name, hop.badge) for hop in found.hops]


def said(hop: Hop) -> str:
    return " · ".join(f"{part.word} {part.text}".strip() for part in hop.parts)


def links(hop: Hop) -> dict[str, str]:
    return {part.text: part.href for part in hop.parts if part.href}


@pytest.fixture
def principal_ids(read_engine: Engine):
    """Return the ids of principals by ARN, once records have come."""

    def principal_ids(*arns: str) -> dict[str, int]:
        with read_engine.connect() as connection:
            return ids_of(connection, EVERYTHING, arns)

    return principal_ids


def bridge(number: int = 2, **changes):
    """The role Bridge of the middle account assumes Viewer; of two copies each account has one."""
    caller = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{MIDDLE}:assumed-role/Bridge/job",
        "accountId": MIDDLE,
        "accessKeyId": "ASIABRIDGE0000000001",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{MIDDLE}:role/Bridge"}},
    }
    fields = {"userIdentity": caller, "sharedEventID": "s-1", "recipientAccountId": MIDDLE}
    return assume_role_record(number, **(fields | changes))


def target(number: int = 3, **changes):
    """What the role's account sees of it: an account and an ID."""
    caller = {"type": "AWSAccount", "accountId": MIDDLE, "principalId": "AROABRIDGE:job"}
    return assume_role_record(number, userIdentity=caller, sharedEventID="s-1", **changes)


def start(number: int = 4, **changes):
    """Somebody assumes Bridge."""
    response = {"credentials": {"accessKeyId": "ASIABRIDGE0000000001", "expiration": "Nov 1, 2026, 11:00:00 AM"}}
    request = {"roleArn": f"arn:aws:iam::{MIDDLE}:role/Bridge", "roleSessionName": "job"}
    fields = {
        "eventTime": "2026-11-01T09:30:00Z",
        "requestParameters": request,
        "responseElements": response,
        "recipientAccountId": MIDDLE,
    }
    return assume_role_record(number, **(fields | changes))


def test_hops_that_come_late_mend_the_chain(come, who):
    come([CALL])
    assert hops(who()) == [("Unknown person or workload", "not observable"), ("Viewer", "role")]
    come([bridge()])
    assert hops(who()) == [("Bridge", "not observable"), ("Viewer", "role")]
    missing = f"no record seen of account {MIDDLE} that issued ASIABRIDGE0000000001"
    assert said(who().hops[0]) == f"{missing} · Close this gap"
    come([start()])
    assert hops(who()) == [("ann", "user"), ("Bridge", "role"), ("Viewer", "role")]


def test_each_hop_names_the_record_that_joins_it(come, who):
    come([CALL, bridge(), start()])
    _, first, last = who().hops
    assert f"key ASIABRIDGE0000000001 · record {guid('sts event 4')} · in {MIDDLE}" in said(first)
    assert f"key ASIAVIEWER0000000001 · record {guid('sts event 2')} · in {MIDDLE}" in said(last)


def test_a_caller_whose_account_is_not_read_is_a_break_that_says_so(come, who):
    come([CALL, target()])
    gap, _ = who(onboarded=frozenset({int(ACCOUNT)})).hops
    assert gap.is_gap
    assert gap.parts[0].text == f"assumed from account {MIDDLE}, which is not onboarded"


def test_the_caller_s_own_copy_joins_by_the_shared_event_where_it_lacks_the_key(come, who):
    come([CALL, target(), start()], [bridge(responseElements=None)])
    found = who()
    assert hops(found) == [("ann", "user"), ("Bridge", "role"), ("Viewer", "role")]
    assert said(found.hops[2]).endswith(f"record {guid('sts event 2')} · in {MIDDLE} · joined by its sharedEventID")


@pytest.mark.parametrize(
    "changes",
    [{"sharedEventID": "s-2"}, {"errorCode": "AccessDenied"}, {"eventTime": "2026-11-01T10:02:00Z"}],
    ids=["of another action", "refused", "of another time"],
)
def test_what_is_no_copy_of_it_does_not_join(come, who, changes):
    come([CALL, target(), bridge(responseElements=None, **changes)])
    assert who().hops[0].is_gap


def test_a_middle_hop_of_an_account_that_is_not_read_is_named(come, who):
    come([CALL, bridge()])
    gap, _ = who(onboarded=frozenset({int(ACCOUNT)})).hops
    assert gap.parts[0].text.startswith(f"issued in account {MIDDLE}, which is not onboarded")


def test_whom_the_record_names_stays_named_above_a_break(come, who):
    context = identity()["sessionContext"] | {"sourceIdentity": "mara"}
    call = kvs_record(1, userIdentity=identity(sessionContext=context))
    come([call, target()])
    assert hops(who(call)) == [
        ("mara", "person"),
        (f"account/{MIDDLE}/AROABRIDGE", "not observable"),
        ("Viewer", "role"),
    ]
    # A source identity is documented: nothing of it is inferred.
    assert who(call).rests == ()


def test_that_a_session_of_identity_center_has_its_user_s_name_is_inferred(come, who):
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Viewer_0123456789abcdef"
    context = {"sessionIssuer": {"type": "Role", "arn": role}}
    call = kvs_record(1, userIdentity=identity(sessionContext=context))
    come([call])
    assert hops(who(call)) == [("night-shift", "person"), ("Viewer", "role")]
    assert who(call).rests == (Rests.PERSON,)


def test_a_user_of_an_app_is_an_identity_of_cognito_and_no_person(come, who):
    pool, ident = "cognito-identity.amazonaws.com", "eu-west-1:5f0c1d2e-0000-4000-8000-000000000001"
    federation = {"federatedProvider": pool, "attributes": {f"{pool}:sub": ident}}
    context = identity()["sessionContext"] | {"webIdFederationData": federation}
    call = kvs_record(1, userIdentity=identity(sessionContext=context))
    come([call])
    assert hops(who(call)) == [(ident, "Cognito identity"), ("Viewer", "role")]
    assert who(call).rests == (Rests.APP_USER,)


def test_a_device_is_named_by_its_certificate_and_that_is_inferred(come, who):
    provider = {"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/media/Viewer", "roleSessionName": CERTIFICATE}
    come([CALL, assume_role_record(userIdentity=provider, requestParameters=request)])
    found = who()
    assert hops(found) == [(f"certificate {CERTIFICATE}", "device"), ("Viewer", "role")]
    assert found.rests == (Rests.DEVICE,)


def test_the_workload_that_the_credentials_were_issued_to_is_no_gap(come, who):
    issued_to = {
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": f"arn:aws:lambda:r:{ACCOUNT}:function:clip",
    }
    call = kvs_record(1, userIdentity=identity(inScopeOf=issued_to))
    come([call])
    assert hops(who(call)) == [("function:clip", "workload"), ("Viewer", "role")]


def test_a_service_that_calls_for_somebody_stands_between_them_and_the_call(come, who):
    call = kvs_record(1, userIdentity=identity(invokedBy="rekognition.amazonaws.com"))
    come([call, assume_role_record()])
    assert hops(who(call)) == [("ann", "user"), ("Viewer", "role"), ("rekognition.amazonaws.com", "AWS service")]


def test_a_long_term_key_has_no_chain(come, who):
    call = kvs_record(1, userIdentity=assume_role_record()["userIdentity"])
    come([call, assume_role_record()])
    assert hops(who(call)) == [("ann", "user")]
    assert "long-term key" in said(who(call).hops[0])


def test_each_name_of_a_chain_is_a_link_where_it_has_a_page(come, who, principal_ids):
    come([CALL, bridge(), start()])
    bridge_arn, ann_arn = f"arn:aws:iam::{MIDDLE}:role/Bridge", f"arn:aws:iam::{ACCOUNT}:user/ann"
    ids = principal_ids(bridge_arn, ann_arn)
    first, second, _ = who(onboarded=frozenset({int(MIDDLE)})).hops
    assert (first.href, second.href) == (f"/principals/{ids[ann_arn]}", f"/principals/{ids[bridge_arn]}")
    assert links(first) == {"AKIAANN0000000000001": "/keys/AKIAANN0000000000001"}
    page = "/sessions/ASIABRIDGE0000000001"
    assert links(second) == {
        MIDDLE: f"/accounts/{MIDDLE}",
        "job": page,
        "ASIABRIDGE0000000001": page,
        guid("sts event 4"): f"{page}#issued",
    }


def test_an_account_that_is_not_read_has_no_page(come, who):
    come([CALL, bridge(), start()])
    _, _, last = who(onboarded=frozenset({int(MIDDLE)})).hops
    assert ACCOUNT not in links(last)
    assert f"{ACCOUNT} · session night-shift" in said(last)


def test_a_person_leads_to_their_calls_and_a_device_to_its_session(come, who):
    context = identity()["sessionContext"] | {"sourceIdentity": "mara & co"}
    come([kvs_record(1, userIdentity=identity(sessionContext=context))])
    assert who().hops[0].href == "/events?person=mara%20%26%20co&from=now-90d"
    provider = {"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/media/Viewer", "roleSessionName": CERTIFICATE}
    come([assume_role_record(userIdentity=provider, requestParameters=request)])
    assert (who().hops[0].badge, who().hops[0].href) == ("device", "/sessions/ASIAVIEWER0000000001")
