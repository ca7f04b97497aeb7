import re

from app.web.matrix_reasons import statement


def test_a_statement_keeps_the_line_numbers_of_its_document():
    made = statement('{\n  "Action": "*"\n}', 7, (8,))
    assert re.findall(r'<span( class="hit")? data-n="(\d+)">', made) == [("", "7"), (' class="hit"', "8"), ("", "9")]


def test_a_statement_that_allows_stands_out_nowhere_where_the_answer_is_no():
    made = statement("{\n  a\n}", 7, (8,), is_deciding=False)
    assert 'class="hit"' not in made
    assert 'data-n="8"' in made


def test_a_statement_is_text():
    assert "&lt;script&gt;" in statement("<script>", 1, ())


def test_a_statement_has_no_invisible_characters():
    assert "a\\u202eb" in statement("a\u202eb", 1, ())


def test_an_empty_line_is_a_line():
    assert statement("a\n\nb", 1, ()).count("<span") == 3


def test_of_a_long_statement_only_what_decides_is_shown_and_cuts_are():
    text = "\n".join(f"line {n}" for n in range(1000, 2000))
    made = statement(text, 1000, (1500, 1503))
    shown = re.findall(r'data-n="(\d+)"', made)
    assert shown == ["1000", *(str(n) for n in range(1498, 1506)), "1999"]
    assert made.count('class="cutline"') == 2
    assert made.count('class="hit"') == 2
