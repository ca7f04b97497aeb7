from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.core.lineage.chain import MOST_HOPS, Chain, End, chain
from app.core.model.event import Actor, ActorKind
from app.core.model.session import IssuedSession

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANN = Actor(ActorKind.USER, "arn:aws:iam::000000000001:user/ann", 1)
FOREIGNER = Actor(ActorKind.ACCOUNT, "account/000000000004/AROAX", 4)


def role(account: int) -> Actor:
    return Actor(ActorKind.ROLE, f"arn:aws:iam::{account:012d}:role/Hop", account, "s")


def issued(
    key: str, caller: Actor, caller_key: str | None = None, account: int = 1, age_min: int = 10
) -> IssuedSession:
    return IssuedSession(
        account=account,
        event_id=f"{key}-{account}",
        event_time=NOW - timedelta(minutes=age_min),
        region="eu-west-1",
        action="AssumeRole",
        role_arn=f"arn:aws:iam::{account:012d}:role/Hop",
        session_name="s",
        access_key=key,
        expires_at=None,
        caller=caller,
        caller_key=caller_key,
        source_identity=None,
        external_id_given=False,
        address=None,
        user_agent=None,
        error_code=None,
    )


def known(*sessions: IssuedSession) -> Mapping[str, list[IssuedSession]]:
    found: dict[str, list[IssuedSession]] = {}
    for session in sessions:
        found.setdefault(session.access_key or "", []).append(session)
    return found


def keys(found: Chain) -> list[str]:
    return [hop.key for hop in found.hops]


def test_it_walks_three_roles_over_three_accounts_back_to_the_user():
    sessions = known(
        issued("ASIA3", role(2), "ASIA2", account=3, age_min=1),
        issued("ASIA2", role(1), "ASIA1", account=2, age_min=2),
        issued("ASIA1", ANN, "AKIA1", account=1, age_min=3),
    )
    found = chain("ASIA3", sessions, NOW)
    assert keys(found) == ["ASIA3", "ASIA2", "ASIA1"]
    assert (found.end, found.origin, found.is_complete) == (End.USER, ANN, True)


def test_a_service_is_an_origin():
    service = Actor(ActorKind.SERVICE, "credentials.iot.amazonaws.com", None)
    assert chain("ASIA1", known(issued("ASIA1", service)), NOW).end is End.SERVICE


def test_it_prefers_the_copy_that_names_the_caller():
    theirs = issued("ASIA2", FOREIGNER, None, account=2)
    ours = issued("ASIA2", Actor(ActorKind.USER, "arn:aws:iam::000000000004:user/eve", 4), "AKIA4", account=4)
    for copies in ((theirs, ours), (ours, theirs)):
        assert chain("ASIA2", known(*copies), NOW).origin == ours.caller


def test_a_caller_of_an_account_that_is_not_read_is_a_break_and_named():
    found = chain("ASIA2", known(issued("ASIA2", FOREIGNER, account=2)), NOW, onboarded={2})
    assert (found.end, found.is_complete) == (End.FOREIGN_ACCOUNT, False)
    assert found.why == "assumed from account 000000000004, which is not onboarded"


def test_a_missing_record_of_an_account_that_is_read_is_another_break():
    found = chain("ASIA2", known(issued("ASIA2", FOREIGNER, account=2)), NOW, onboarded={2, 4})
    assert "own record of it was not seen" in found.why


def test_a_key_that_nobody_issued_is_not_seen():
    found = chain("ASIA9", {}, NOW)
    assert (found.hops, found.end, found.origin) == ((), End.NOT_SEEN, None)


def test_a_hop_without_a_record_keeps_the_hops_before_it():
    found = chain("ASIA2", known(issued("ASIA2", role(1), "ASIA1", account=2)), NOW)
    assert keys(found) == ["ASIA2"]
    assert (found.end, found.origin) == (End.NOT_SEEN, role(1))


def test_a_role_without_a_key_is_a_break():
    assert chain("ASIA2", known(issued("ASIA2", role(1))), NOW).end is End.NO_CALLER_KEY


def test_a_key_is_not_issued_after_its_use():
    assert chain("ASIA1", known(issued("ASIA1", ANN, age_min=-1)), NOW).end is End.NOT_SEEN


def test_records_that_lead_back_end_as_a_loop():
    sessions = known(issued("ASIA1", role(1), "ASIA2"), issued("ASIA2", role(1), "ASIA1"))
    assert chain("ASIA1", sessions, NOW).end is End.LOOP


def test_a_key_id_that_was_issued_again_is_of_the_session_that_was_issued_last_before_the_call():
    before = issued("ASIA1", ANN, "AKIA1", age_min=600)
    # Of this one the copy that names the caller came to another account.
    theirs, ours = issued("ASIA1", FOREIGNER, account=2), issued("ASIA1", role(4), "ASIA4", account=4)
    known_of = known(before, theirs, ours, issued("ASIA4", ANN, "AKIA4", age_min=20))
    assert keys(chain("ASIA1", known_of, NOW)) == ["ASIA1", "ASIA4"]
    assert chain("ASIA1", known_of, NOW - timedelta(hours=1)).hops[0].session == before


def test_a_chain_that_is_followed_no_further_says_so_instead_of_that_no_record_was_seen():
    renewed = [issued(f"ASIA{n}", role(1), f"ASIA{n + 1}", age_min=60 * n) for n in range(MOST_HOPS + 1)]
    found = chain("ASIA0", known(*renewed), NOW)
    assert (len(found.hops), found.end, found.is_complete) == (MOST_HOPS, End.TOO_LONG, False)
    assert found.why == f"followed back over {MOST_HOPS} sessions, and no further"
    whole = known(*renewed[: MOST_HOPS - 1], issued(f"ASIA{MOST_HOPS - 1}", ANN, "AKIA1", age_min=60 * MOST_HOPS))
    assert chain("ASIA0", whole, NOW).end is End.USER
