import pytest

from app.web.names import short

SSO = "arn:aws:iam::590817264433:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_VideoAnalyst_0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("AWSReservedSSO_AuditReadOnly_b0d72e95eff6d41d", "AuditReadOnly"),
        ("AWSReservedSSO_Audit_Read_b0d72e95eff6d41d", "Audit_Read"),
        ("AWSReservedSSO_mine", "AWSReservedSSO_mine"),
        ("ArchiveReader", "ArchiveReader"),
        (SSO, "VideoAnalyst"),
        ("arn:aws:iam::590817264433:user/ops/mara", "mara"),
        ("ecs-tasks.amazonaws.com", "ecs-tasks.amazonaws.com"),
    ],
)
def test_a_role_of_identity_center_is_called_by_its_permission_set(name, called):
    assert short(name) == called
