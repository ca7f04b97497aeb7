from urllib.parse import parse_qsl, urlsplit

from app.web.explain_links import explain_link


def test_names_that_others_chose_come_out_as_they_went_in():
    asked = {"principal": "arn:aws:iam::1:role/a&action=b #%", "action": "GetMedia", "resource": "*"}
    link = urlsplit(explain_link(*asked.values()))
    assert link.path == "/iam/explain.json"
    assert dict(parse_qsl(link.query, strict_parsing=True)) == asked


def test_a_time_is_part_of_the_question():
    link = explain_link("p", "GetMedia", "*", "2026-11-20T10:00Z")
    assert dict(parse_qsl(urlsplit(link).query))["at"] == "2026-11-20T10:00Z"
