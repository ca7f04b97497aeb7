from app.demo.nouns import IdentityPool
from app.demo.principals import applications
from tests.demo.principals.test_fleets import actions

ACCOUNT = "417730098245"
POOL = IdentityPool("app", "eu-central-1", "Viewer", "Guest")


def named(roles, name):
    return next(role for role in roles if role.name == name)


def test_machine_learning_is_entered_from_the_account_that_runs_it():
    roles = applications.consumers(ACCOUNT, analytics="405561239087")

    principal = named(roles, "MLFrameConsumer").trust["Statement"][0]["Principal"]
    assert principal == {"AWS": "arn:aws:iam::405561239087:role/MLPipeline"}


def test_some_programs_have_the_faults_that_findings_are_for():
    roles = applications.housekeeping(ACCOUNT)

    assert "kinesisvideo:GetStreamingEndpoint" in actions(named(roles, "TypoStreamer"))
    assert {"kinesisvideo:TagStream", "kinesisvideo:GetMedia"} <= actions(named(roles, "TagScopedViewer"))
    assert named(roles, "VideoReadOnly").managed == ("arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess",)


def test_guests_may_watch_only_where_that_is_the_story():
    def guest(*, may: bool):
        return named(applications.webrtc_app(ACCOUNT, POOL, guests_may_watch=may).roles, "Guest")

    assert "kinesisvideo:ConnectAsViewer" in actions(guest(may=True))
    assert "kinesisvideo:ConnectAsViewer" not in actions(guest(may=False))
    condition = guest(may=True).trust["Statement"][0]["Condition"]
    assert condition["ForAnyValue:StringLike"] == {"cognito-identity.amazonaws.com:amr": "unauthenticated"}
    assert condition["StringEquals"]["cognito-identity.amazonaws.com:aud"].startswith("eu-central-1:")


def test_a_pools_identifier_is_its_accounts_own():
    assert applications.pool_identifier("1", POOL) != applications.pool_identifier("2", POOL)
