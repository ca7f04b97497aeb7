import pytest

from app.core.coverage.selectors import Call, Taken, call, taken
from app.core.kvs.actions import ACTIONS, Logging
from app.core.model.trail import BasicSelector, FieldSelector
from tests.builders import iam
from tests.builders.facts import MANAGEMENT, MEDIA, SIGNALING, equals, selector, trail

GET, PUT = call(ACTIONS["GetMedia"], iam.CAMERA), call(ACTIONS["PutMedia"], iam.CAMERA)
DATA = (equals("eventCategory", "Data"), equals("resources.type", "AWS::KinesisVideo::Stream"))


def field(name: str, **operators: tuple[str, ...]) -> FieldSelector:
    return FieldSelector(name, **operators)


def described(condition: FieldSelector) -> str:
    operators = ("equals", "not_equals", "starts_with", "not_starts_with", "ends_with", "not_ends_with")
    given = [f"{name} {'|'.join(values)}" for name in operators if (values := getattr(condition, name))]
    return f"{condition.field} {' and '.join(given)}"


def how_much(media_call: Call, *fields: FieldSelector) -> Taken:
    return taken(trail(selector("KVS", *DATA, *fields)), media_call)[0]


def test_a_whole_selector_takes_reads_and_writes_and_is_named():
    assert taken(trail(MANAGEMENT, MEDIA), GET) == (Taken.ALL, "KVS media")
    assert taken(trail(MANAGEMENT, MEDIA), PUT) == (Taken.ALL, "KVS media")


def test_no_selector_of_another_type_or_category_takes_media():
    assert taken(trail(MANAGEMENT, SIGNALING), GET) == (Taken.NONE, "")


def test_signaling_calls_are_of_the_channels_type():
    viewer = call(ACTIONS["ConnectAsViewer"], iam.CHANNEL)

    assert taken(trail(MEDIA), viewer)[0] is Taken.NONE
    assert taken(trail(SIGNALING), viewer)[0] is Taken.ALL


@pytest.mark.parametrize(
    ("condition", "get", "put"),
    [
        (field("readOnly", equals=("true",)), Taken.SOME, Taken.NONE),
        (field("readOnly", equals=("false",)), Taken.NONE, Taken.SOME),
        (field("eventName", equals=("GetMedia", "GetClip")), Taken.ALL, Taken.NONE),
        (field("eventName", not_equals=("GetMedia",)), Taken.NONE, Taken.ALL),
        (field("eventName", starts_with=("Get", "List")), Taken.ALL, Taken.NONE),
        (field("eventName", not_starts_with=("Put",)), Taken.ALL, Taken.NONE),
        (field("eventName", ends_with=("Media",)), Taken.ALL, Taken.ALL),
        (field("eventName", not_ends_with=("Media",)), Taken.NONE, Taken.NONE),
        (field("eventName", starts_with=("Get",), not_equals=("GetMedia",)), Taken.NONE, Taken.NONE),
        (field("resources.ARN", starts_with=(iam.CAMERA[:-13],)), Taken.ALL, Taken.ALL),
        (field("resources.ARN", not_equals=(iam.CAMERA,)), Taken.NONE, Taken.NONE),
        (field("resources.ARN", equals=("*",)), Taken.NONE, Taken.NONE),
        (field("eventSource", equals=("kinesisvideo.amazonaws.com",)), Taken.SOME, Taken.SOME),
        (field("eventType", equals=("AwsApiCall",)), Taken.ALL, Taken.ALL),
        (field("eventType", not_equals=("AwsApiCall",)), Taken.NONE, Taken.NONE),
        (field("userIdentity.arn", not_starts_with=("arn:aws:sts::1:assumed-role/portal",)), Taken.SOME, Taken.SOME),
        (field("sessionCredentialFromConsole", equals=("true",)), Taken.SOME, Taken.SOME),
        (field("a.field.of.tomorrow", equals=("x",)), Taken.SOME, Taken.SOME),
    ],
    ids=lambda value: described(value) if isinstance(value, FieldSelector) else value.name,
)
def test_each_operator_narrows_as_aws_says(condition: FieldSelector, get: Taken, put: Taken):
    assert (how_much(GET, condition), how_much(PUT, condition)) == (get, put)


def test_of_management_calls_read_only_and_source_are_documented_and_decide():
    reads = selector("Reads", equals("eventCategory", "Management"), equals("readOnly", "true"))

    assert taken(trail(reads), call(ACTIONS["ListStreams"], ""))[0] is Taken.ALL
    assert taken(trail(reads), call(ACTIONS["CreateStream"], ""))[0] is Taken.NONE


def test_of_several_selectors_the_widest_counts():
    narrow = selector("One caller", *DATA, field("userIdentity.arn", equals=("x",)))

    assert taken(trail(narrow, MEDIA), GET) == (Taken.ALL, "KVS media")


@pytest.mark.parametrize(
    ("kind", "read", "write"),
    [("All", Taken.ALL, Taken.ALL), ("ReadOnly", Taken.ALL, Taken.NONE), ("WriteOnly", Taken.NONE, Taken.ALL)],
)
def test_a_basic_selector_takes_management_events_only(kind: str, read: Taken, write: Taken):
    old = trail(advanced=(), basic=(BasicSelector(kind, includes_management_events=True),))

    assert taken(old, call(ACTIONS["GetDataEndpoint"], iam.CAMERA))[0] is read
    assert taken(old, call(ACTIONS["CreateStream"], iam.CAMERA))[0] is write
    assert taken(old, GET)[0] is Taken.NONE


def test_a_basic_selector_may_leave_management_events_out():
    old = trail(advanced=(), basic=(BasicSelector("All", includes_management_events=False),))

    assert taken(old, call(ACTIONS["CreateStream"], iam.CAMERA))[0] is Taken.NONE


def test_a_trail_without_selectors_logs_management_events():
    bare = trail(advanced=())

    assert taken(bare, call(ACTIONS["ListStreams"], ""))[0] is Taken.ALL
    assert taken(bare, GET)[0] is Taken.NONE


def test_a_selector_without_fields_takes_nothing():
    assert taken(trail(selector("Empty")), GET)[0] is Taken.NONE


def test_management_events_carry_no_resource():
    asked = call(ACTIONS["DescribeStream"], iam.CAMERA)

    assert (asked.resource, asked.resource_type, asked.logging) == ("", "", Logging.MANAGEMENT)
