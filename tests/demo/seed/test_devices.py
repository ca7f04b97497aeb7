def test_role_aliases_hand_out_the_fleets_roles(client):
    iot = client("iot", "clinic-video")

    assert iot.list_role_aliases()["roleAliases"] == ["ward-cams"]
    described = iot.describe_role_alias(roleAlias="ward-cams")["roleAliasDescription"]
    assert described["roleArn"] == "arn:aws:iam::590817264433:role/WardCamRole"
    assert described["credentialDurationSeconds"] == 43_200


def test_an_account_without_an_app_has_no_pools(client):
    assert client("cognito-identity", "clinic-video").list_identity_pools(MaxResults=10)["IdentityPools"] == []
