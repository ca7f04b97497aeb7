from moto.organizations.models import organizations_backends


def test_every_identifier_is_the_estates(aws):
    backend = organizations_backends[aws.estate.management.id]["aws"]

    assert backend.org.id == aws.estate.organization_id
    assert [account.id for account in backend.accounts] == [account.id for account in aws.estate.members]
    assert {unit.name for unit in backend.ou} == {"Root", *aws.estate.units}


def test_full_access_is_attached_to_everything(client):
    organizations = client("organizations", "halden-management")

    targets = organizations.list_targets_for_policy(PolicyId="p-FullAWSAccess")["Targets"]

    assert {"clinic-video", "Clinic", "Root"} <= {target["Name"] for target in targets}
    assert len(targets) == len({target["TargetId"] for target in targets})


def test_policies_whose_account_is_absent_are_attached_to_nothing(client):
    organizations = client("organizations", "halden-management")
    listed = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    sandbox = next(policy for policy in listed if policy["Name"] == "SandboxHasNoMedia")

    assert organizations.list_targets_for_policy(PolicyId=sandbox["Id"])["Targets"] == []
