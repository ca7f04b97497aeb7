from app.aws.sources import lookup_events, s3_logs
from app.core.model.account import AccountKind
from app.core.onboarding.policy import NEVER, ON_ONE_RESOURCE
from app.services.check_access import PROBES
from app.services.permissions import SOURCES, permissions_by_kind, reasons
from app.services.poll_account import COLLECTORS


def test_every_collector_s_and_source_s_permissions_are_in_the_role_of_its_accounts():
    by_kind = permissions_by_kind()
    for declared in (*COLLECTORS.values(), *SOURCES.values()):
        for kind in declared.kinds:
            assert set(declared.permissions) <= by_kind[kind]


def test_only_the_management_account_s_role_asks_for_the_organization():
    asked = {
        kind: {action for action in actions if action.startswith("organizations:")}
        for kind, actions in permissions_by_kind().items()
    }
    assert asked[AccountKind.MANAGEMENT]
    assert asked[AccountKind.MEMBER] == asked[AccountKind.LOG_ARCHIVE] == set()


def test_no_role_asks_for_what_is_on_the_way_to_media():
    for actions in permissions_by_kind().values():
        assert not actions & set(NEVER)


def test_it_tells_what_an_action_is_needed_for():
    assert reasons("kinesisvideo:ListStreams", AccountKind.MEMBER) == ["streams"]
    assert reasons("organizations:ListRoots", AccountKind.MEMBER) == []
    assert reasons(s3_logs.SOURCE.permissions[0], AccountKind.LOG_ARCHIVE) == ["s3_logs", "verify"]
    assert reasons("cloudtrail:ListPublicKeys", AccountKind.MEMBER) == ["verify"]
    assert reasons(lookup_events.SOURCE.permissions[0], AccountKind.MEMBER) == ["lookup_events"]


def test_each_permission_can_be_probed():
    asked = {action for actions in permissions_by_kind().values() for action in actions}
    on_one_resource = {action for action in asked if action.partition(":")[0] in ON_ONE_RESOURCE}
    assert asked - on_one_resource <= set(PROBES)
    # These are probed on the log bucket and its queue themselves (app.services.check_access).
    assert on_one_resource == {
        "logs:FilterLogEvents",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
    }
