import pytest

from app.web.matrix_drawer import short


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("AWSReservedSSO_AuditReadOnly_b0d72e95eff6d41d", "AuditReadOnly"),
        ("AWSReservedSSO_Audit_Read_b0d72e95eff6d41d", "Audit_Read"),
        ("AWSReservedSSO_mine", "AWSReservedSSO_mine"),
        ("ArchiveReader", "ArchiveReader"),
    ],
)
def test_a_role_of_identity_center_is_called_by_its_permission_set(name, called):
    assert short(name) == called
