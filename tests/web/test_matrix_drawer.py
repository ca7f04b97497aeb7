import re

import pytest

from app.web.matrix_drawer import short, statement


def test_a_statement_keeps_the_line_numbers_of_its_document():
    made = statement('{\n  "Action": "*"\n}', 7, (8,))
    assert re.findall(r'<span( class="hit")? data-n="(\d+)">', made) == [("", "7"), (' class="hit"', "8"), ("", "9")]


def test_a_statement_is_text():
    assert "&lt;script&gt;" in statement("<script>", 1, ())


def test_an_empty_line_is_a_line():
    assert statement("a\n\nb", 1, ()).count("<span") == 3


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
