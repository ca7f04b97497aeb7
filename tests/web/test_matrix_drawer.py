import re

from app.web.matrix_drawer import statement


def test_a_statement_keeps_the_line_numbers_of_its_document():
    made = statement('{\n  "Action": "*"\n}', 7, (8,))
    assert re.findall(r'<span( class="hit")? data-n="(\d+)">', made) == [("", "7"), (' class="hit"', "8"), ("", "9")]


def test_a_statement_is_text():
    assert "&lt;script&gt;" in statement("<script>", 1, ())


def test_an_empty_line_is_a_line():
    assert statement("a\n\nb", 1, ()).count("<span") == 3
