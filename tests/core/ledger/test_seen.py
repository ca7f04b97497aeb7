import json

from hypothesis import given
from hypothesis import strategies as st

from app.core.assumptions._seen import SeenCall, SeenSession
from app.core.ledger.seen import seen_call, seen_session
from app.core.normalise.record import event, issued_session
from app.core.trailfile.shape import decoded
from tests.builders.trail import assume_role_record, compact, kvs_record

HOSTILE = '"startSelector":{"a":1}\u202e<script>'


def call(**changes) -> SeenCall:
    raw = compact(kvs_record(**changes))
    shape = decoded(raw)
    return SeenCall(*seen_call(shape, event(shape, raw)))


def session(**changes) -> SeenSession:
    raw = compact(assume_role_record(**changes))
    shape = decoded(raw)
    return SeenSession(*seen_session(shape, issued_session(shape, raw)))


def test_it_tells_what_aws_wrote():
    assert call() == SeenCall(
        action="GetMedia",
        source="kinesisvideo.amazonaws.com",
        is_data=True,
        is_read_only=True,
        error=None,
        says_unauthorized=False,
        identity="AssumedRole",
        key="ASIA",
        has_session=True,
        is_service_role=False,
        is_invoked=False,
        names_resource=True,
        names_stream=True,
        outlived=False,
        provider="",
        has_subject=False,
        names=("streamARN", "startSelector", "startSelector.startSelectorType"),
        times=None,
    )
    assert session() == SeenSession("AssumeRole", "", False, True, False, False, False)


def test_nothing_that_a_caller_chose_is_seen():
    plain = call(requestParameters={"streamName": "s", "clientId": "c"}, resources=...)
    hostile = call(requestParameters={"streamName": HOSTILE, "clientId": HOSTILE}, resources=..., userAgent=HOSTILE)
    assert hostile == plain
    assert session(userAgent=HOSTILE) == session()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
def test_no_record_is_too_odd_to_be_seen(request_, identity, resources):
    seen = call(
        requestParameters=request_,
        userIdentity=identity,
        resources=resources,
        recipientAccountId="111122223333",
    )
    hash(seen)
    hash(session(userIdentity=identity, requestParameters=request_, recipientAccountId="111122223333"))


def test_deep_parameters_are_not_followed_to_their_end():
    deep = json.loads('{"a":' * 40 + "1" + "}" * 40)
    assert max(name.count(".") for name in call(requestParameters=deep).names or ()) <= 3
