"""The list of findings beyond single rows."""

from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import FINDINGS
from app.db.queries import finding_pages
from tests.builders.accounts import NOW, make_account
from tests.builders.calls import make_principal, make_stream, stream_arn
from tests.builders.findings import RULE, make_finding

QUERY = parse([], FINDINGS, NOW).filter
STRANGER = Scope(frozenset({1}))


def test_each_rule_shows_its_worst_first_and_no_more_than_asked(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for subject, severity in (("a", "low"), ("b", "critical"), ("c", "high")):
            make_finding(connection, subject, severity=severity)
        make_finding(connection, "d", rule="other", severity="low")
        found = finding_pages.top_of_each_rule(connection, EVERYTHING, QUERY, 2)
    assert [row.finding.subject for row in found[RULE]] == ["b", "c"]
    assert [row.finding.subject for row in found["other"]] == ["d"]


def test_only_what_the_filter_means_is_shown(engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, "a", state="muted")
        assert finding_pages.top_of_each_rule(connection, EVERYTHING, QUERY, 2) == {}


def test_a_subject_has_its_page_when_it_is_known(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream, who = make_stream(connection, "a"), make_principal(connection, "Analyst")
        arn, role = stream_arn(connection, stream), "arn:aws:iam::590817264433:role/Analyst"
        found = finding_pages.subject_places(connection, EVERYTHING, (arn, role, "arn:none"))
    assert found == {arn: f"/streams/{stream}", role: f"/principals/{who}"}


def test_a_stranger_sees_nothing_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, "a")
        arn = stream_arn(connection, make_stream(connection, "a"))
        assert finding_pages.top_of_each_rule(connection, STRANGER, QUERY, 2) == {}
        assert finding_pages.subject_places(connection, STRANGER, (arn,)) == {}
