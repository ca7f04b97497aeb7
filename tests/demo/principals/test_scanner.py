from app.demo.gate.policies import allows
from app.demo.principals import scanner

POLICIES = scanner.default_policies("logs")


def test_the_scanner_may_look_and_never_watch():
    for document in POLICIES.values():
        assert allows([document], "kinesisvideo:ListStreams", "*", {})
        for action in ("GetMedia", "GetClip", "GetHLSStreamingSessionURL", "ConnectAsViewer", "GetDataEndpoint"):
            assert not allows([document], f"kinesisvideo:{action}", "*", {})


def test_only_two_accounts_grant_more():
    def grants(action: str, resource: str) -> list[str]:
        return [name for name, document in POLICIES.items() if allows([document], action, resource, {})]

    assert grants("organizations:ListAccounts", "*") == ["kvswatch-management"]
    assert grants("s3:GetObject", "arn:aws:s3:::logs/a") == ["kvswatch-log-archive"]
    assert grants("s3:GetObject", "arn:aws:s3:::other/a") == []


def test_a_scanners_role_trusts_the_poller_with_the_external_id():
    role = scanner.scanner_role("kvswatch-member", {}, "arn:aws:iam::1:user/p", "id-1")

    statement = role.trust["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::1:user/p"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "id-1"}}


def test_the_poller_may_only_assume_the_scanners_roles():
    (user,) = scanner.poller("395518820463", "kvswatch-poller").users
    document = user.inline["assume"]

    assert allows([document], "sts:AssumeRole", "arn:aws:iam::310045578826:role/kvswatch-member", {})
    assert not allows([document], "sts:AssumeRole", "arn:aws:iam::310045578826:role/Developer", {})
    assert not allows([document], "iam:ListUsers", "*", {})
