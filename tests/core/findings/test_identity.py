from app.core.findings.identity import finding_id, id_of
from tests.builders.outcomes import finding


def test_the_id_stays_the_same_over_releases():
    assert finding_id(42, "full_kvs_access", "", "arn:aws:iam::000000000042:role/x") == "00ea02332869d6a9"


def test_account_rule_region_and_subject_make_the_id_and_nothing_else():
    ids = {id_of(finding()), id_of(finding(account=7)), id_of(finding(rule="b")), id_of(finding(region="x"))}

    assert len(ids | {id_of(finding(subject="other"))}) == 5
    assert id_of(finding(message="else", note="more")) == id_of(finding())
