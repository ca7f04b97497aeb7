from app.demo.principals import outsiders


def test_the_vendors_old_role_forgot_the_external_id():
    new, old = outsiders.vendor_roles()

    assert new.trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "brightlens-7741"}}
    assert "Condition" not in old.trust["Statement"][0]
    assert new.trust["Statement"][0]["Principal"] == old.trust["Statement"][0]["Principal"]


def test_the_bridge_leads_from_the_contractor_to_the_archive_and_nowhere_else():
    target = "arn:aws:iam::590817264433:role/ArchiveReader"
    bridge = outsiders.bridge_role(target)

    assert bridge.trust["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::512233480096:role/DataLab"}
    onward = next(s for s in bridge.inline["onward"]["Statement"] if s["Action"] == "sts:AssumeRole")
    assert onward["Resource"] == target


def test_the_archive_trusts_the_bridge():
    principal = outsiders.archive_reader("405561239087").trust["Statement"][0]["Principal"]

    assert principal == {"AWS": "arn:aws:iam::405561239087:role/BridgeRole"}


def test_forensics_is_open_to_its_account():
    principal = outsiders.forensics_reader("322198004471").trust["Statement"][0]["Principal"]

    assert principal == {"AWS": "arn:aws:iam::322198004471:root"}
