from app.demo import documents


def test_a_statement_holds_only_what_was_said():
    assert documents.allow("a:B") == {"Effect": "Allow", "Action": "a:B", "Resource": "*"}
    assert documents.deny("a:B", "a:C", on="arn", sid="S", when={"Bool": {}}) == {
        "Sid": "S",
        "Effect": "Deny",
        "Action": ["a:B", "a:C"],
        "Resource": "arn",
        "Condition": {"Bool": {}},
    }


def test_kinesis_video_actions_are_named_without_prefix():
    assert documents.kvs("GetMedia", "GetClip")["Action"] == ["kinesisvideo:GetMedia", "kinesisvideo:GetClip"]


def test_patterns_take_any_suffix():
    assert documents.stream_arn("1", "cam") == "arn:aws:kinesisvideo:*:1:stream/cam/*"
    assert documents.channel_arn("1") == "arn:aws:kinesisvideo:*:1:channel/*/*"


def test_each_way_in_has_its_own_action():
    def way(document):
        statement = document["Statement"][0]
        return next(iter(statement["Principal"])), statement["Action"]

    assert way(documents.trust_service("x")) == ("Service", "sts:AssumeRole")
    assert way(documents.trust_aws("1")) == ("AWS", "sts:AssumeRole")
    assert way(documents.trust_sso("1")) == ("Federated", ["sts:AssumeRoleWithSAML", "sts:TagSession"])
    assert way(documents.trust_oidc("1", "repo:x")) == ("Federated", "sts:AssumeRoleWithWebIdentity")
    assert way(documents.trust_cognito("p", "authenticated")) == ("Federated", "sts:AssumeRoleWithWebIdentity")


def test_an_outsider_is_asked_for_the_external_id():
    statement = documents.trust_external("arn", "id-1")["Statement"][0]

    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "id-1"}}
