"""Principals as their pages read them."""

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, Engine

from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Grant, Known, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import principal_pages
from app.db.queries.by_name import NamePage, all_pages
from app.db.queries.grants import store_matrix
from app.db.queries.principal_pages import PrincipalUse
from app.web.names import short
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn

OTHER = 444455556666
STRANGER = Scope(frozenset({1}))
DAYS = ((NOW - timedelta(days=7)).date(), NOW.date())
ARN = f"arn:aws:iam::{CLINIC}:role/Analyst"


def _seed(connection: Connection) -> tuple[int, int]:
    make_account(connection)
    who, stream = make_principal(connection, "Analyst"), make_stream(connection, "a")
    arn = stream_arn(connection, stream)
    grants = [
        Grant(ARN, "GetMedia", Outcome.ALLOW, (arn,)),
        Grant(ARN, "GetClip", Outcome.CONDITIONAL, (arn,), ("aws:sourceip", "aws:sourcevpce")),
        Grant(ARN, "ListStreams", Outcome.ALLOW, ("*",)),
    ]
    store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)
    make_calls(connection, "GetMedia", 5, principal_id=who, stream_id=stream, errors=2)
    make_calls(connection, "ListStreams", 4, principal_id=who)
    return who, stream


def test_grants_tell_conditions_and_what_has_no_resource(engine: Engine) -> None:
    with engine.begin() as connection:
        who, _ = _seed(connection)
        row = principal_pages.principal_row(connection, EVERYTHING, who)
        assert row is not None
        found = principal_pages.grants_of(connection, EVERYTHING, row)
    assert [(g.action, g.outcome, g.condition_keys, g.is_wildcard) for g in found] == [
        ("GetClip", Outcome.CONDITIONAL, ("aws:sourceip", "aws:sourcevpce"), False),
        ("GetMedia", Outcome.ALLOW, (), False),
        ("ListStreams", Outcome.ALLOW, (), True),
    ]


def test_streams_are_counted_once(engine: Engine) -> None:
    with engine.begin() as connection:
        who, _ = _seed(connection)
        assert principal_pages.streams_may(connection, EVERYTHING, [who], MEDIA_READ) == {who: Known(1)}


def test_use_is_told_by_action_and_by_stream(engine: Engine) -> None:
    with engine.begin() as connection:
        who, stream = _seed(connection)
        by_action, touches = principal_pages.did(connection, EVERYTHING, who, DAYS, 10)
        uses = {use.action: use for use in by_action}
        _, latest = principal_pages.did(connection, EVERYTHING, who, DAYS, 1)
        summed = principal_pages.principal_uses(connection, EVERYTHING, [who], DAYS)[who]
    assert (uses["GetMedia"].calls, uses["GetMedia"].errors, uses["GetMedia"].streams) == (5, 2, 1)
    assert uses["ListStreams"].streams == 0
    assert [use.action for use in by_action] == ["GetMedia", "ListStreams"]
    assert [(touch.stream_id, touch.action, touch.calls, touch.errors, touch.last_seen) for touch in touches] == [
        (stream, "GetMedia", 5, 2, NOW),
        (0, "ListStreams", 4, 0, NOW),
    ]
    assert latest == touches[:1]
    assert (touches[0].stream, touches[1].stream) == ("a", "")
    assert (summed.calls, summed.reads) == (7, 3)


def test_use_over_days_of_the_past_tells_the_last_call_of_those(engine: Engine) -> None:
    with engine.begin() as connection:
        who, stream = _seed(connection)
        make_calls(connection, "GetClip", 3, NOW - timedelta(days=9), principal_id=who, stream_id=stream, errors=1)
        make_calls(connection, "GetClip", 1, NOW - timedelta(days=8), principal_id=who, stream_id=stream, errors=1)
        make_calls(connection, "GetClip", 1, NOW - timedelta(days=20), principal_id=who, stream_id=stream)
        make_calls(connection, "GetMedia", 2, NOW - timedelta(days=9), account_id=OTHER, principal_id=who)
        past = NOW.date() - timedelta(days=12), NOW.date() - timedelta(days=8)
        everywhere = principal_pages.principal_uses(connection, EVERYTHING, [who], past)
        own = principal_pages.principal_uses(connection, Scope(frozenset({CLINIC})), [who], past)
    assert everywhere == {who: PrincipalUse(4, 4, NOW - timedelta(days=9))}
    assert own == {who: PrincipalUse(2, 2, NOW - timedelta(days=9))}


def test_lists_leave_out_groups_and_what_is_gone(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "here")
        make_principal(connection, "gone", removed_at=NOW)
        make_principal(connection, "all", kind="group")
        found = principal_pages.principal_rows(connection, EVERYTHING, NamePage(9))
    assert [row.name for row in found] == ["here"]


def test_lists_are_in_the_order_of_what_is_shown_page_by_page(engine: Engine) -> None:
    sso = "AWSReservedSSO_{}_0123456789abcdef".format
    with engine.begin() as connection:
        make_account(connection)
        for name in ("zeta", sso("Watch_All"), "archive", sso("Audit"), "AWSReservedSSO_mine", sso("audit"), "Guard"):
            make_principal(connection, name)
        pages = list(all_pages(partial(principal_pages.principal_rows, connection, EVERYTHING), NamePage(2)))
    shown = [short(row.name) for rows in pages for row in rows]
    assert shown == ["archive", "Audit", "audit", "AWSReservedSSO_mine", "Guard", "Watch_All", "zeta"]


def test_a_percent_sign_is_no_wildcard(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "here")
        assert principal_pages.principal_rows(connection, EVERYTHING, NamePage(9, "h%e")) == ()


def test_a_stranger_sees_nothing_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        who, _ = _seed(connection)
        row = principal_pages.principal_row(connection, EVERYTHING, who)
        assert row is not None
        assert principal_pages.principal_rows(connection, STRANGER, NamePage(9)) == ()
        assert principal_pages.principal_row(connection, STRANGER, who) is None
        assert principal_pages.principal_uses(connection, STRANGER, [who], DAYS) == {}
        assert principal_pages.streams_may(connection, STRANGER, [who], MEDIA_READ) == {}
        assert principal_pages.grants_of(connection, STRANGER, row) == ()
        assert principal_pages.did(connection, STRANGER, who, DAYS, 10) == ((), ())
