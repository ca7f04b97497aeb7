from app.core.model.account import Account, AccountKind
from app.core.model.policy import PolicyKind
from app.core.normalise import organizations
from tests.answers import organizations as answers


def test_it_gives_each_account_its_path_from_the_root():
    accounts = {one.id: one for one in organizations.organization(answers.ORGANIZATION).accounts}
    assert accounts[111122223333].path == ("r-1", "ou-1", "ou-2", "111122223333")
    assert accounts[11112222].path == ("r-1", "000011112222")


def test_the_newer_word_for_the_state_of_an_account_holds():
    accounts = {one.id: one.status for one in organizations.organization(answers.ORGANIZATION).accounts}
    assert (accounts[444455556666], accounts[111122223333]) == ("SUSPENDED", "ACTIVE")


def test_it_hangs_policies_where_they_are_attached():
    targets = {target.target: target for target in organizations.organization(answers.ORGANIZATION).targets}
    assert [policy.name for policy in targets["ou-1"].scps] == ["FullAWSAccess", "keep"]
    assert [policy.name for policy in targets["r-1"].scps] == ["FullAWSAccess"]
    assert targets["ou-1"].scps[1].document == answers.DENY
    assert targets["ou-1"].scps[1].kind is PolicyKind.SCP
    assert targets["ou-1"].rcps == ()


def test_a_target_without_policies_is_known_to_have_none():
    targets = {target.target: target for target in organizations.organization(answers.ORGANIZATION).targets}
    assert set(targets) == {"r-1", "ou-1", "ou-2", "111122223333", "000011112222", "444455556666"}
    assert (targets["ou-2"].scps, targets["ou-2"].rcps) == ((), ())


def test_only_policy_types_in_force_are_named():
    assert organizations.organization(answers.ORGANIZATION).policy_types == ("SERVICE_CONTROL_POLICY",)


def test_it_names_roots_and_units():
    names = dict(organizations.organization(answers.ORGANIZATION).unit_names)
    assert names == {"r-1": "Root", "ou-1": "Video", "ou-2": "Clinics"}


def test_an_account_outside_of_any_organization_is_known_to_have_no_policies():
    account = Account(7, "alone", AccountKind.MANAGEMENT, "arn:aws:iam::000000000007:role/x", "id", ("eu-west-1",))
    alone = organizations.organization({"Organization": None, "Account": account})
    assert [one.id for one in alone.accounts] == [7]
    assert (alone.targets, alone.policy_types) == ((), ())
