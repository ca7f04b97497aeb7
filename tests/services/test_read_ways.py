from sqlalchemy import Connection, Engine

from app.core.iam.paths import Ways
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.entries import store_entries
from app.db.queries.grants import holders, store_matrix
from app.services.read_ways import closed_roles, ways_of, ways_to_principal
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_principal, make_stream
from tests.builders.facts import NOW

OTHER = 444455556666
FAR = f"arn:aws:iam::{OTHER}:role/Far"
GATE = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC:012d}:stream/gate/1600000000000"
READS = ("GetMedia", "GetClip")


def role(name: str) -> str:
    return f"arn:aws:iam::{CLINIC:012d}:role/{name}"


def store(connection: Connection, *grants: Grant, entries: tuple[Entry, ...] = ()) -> int:
    make_account(connection)
    stream = make_stream(connection, "gate")
    make_principal(connection, "Portal")
    store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"", now=NOW)
    store_entries(connection, CLINIC, entries, inputs=b"", accounts={CLINIC}, now=NOW)
    return stream


def granted(name: str, action: str, outcome: Outcome, *keys: str) -> Grant:
    return Grant(role(name), action, outcome, (GATE,), keys)


def ways_to_stream(connection: Connection, scope: Scope, stream: int, actions: tuple[str, ...] = READS) -> Ways:
    return ways_of(connection, scope, holders(connection, scope, CLINIC, stream, actions))


def test_everyone_who_gets_to_an_action_of_a_stream_is_found(engine: Engine):
    entry = Entry(role("Portal"), TrustedKind.PRINCIPAL, FAR, OTHER, Outcome.ALLOW, is_known=True)
    with engine.begin() as connection:
        conditional = granted("Portal", "GetMedia", Outcome.CONDITIONAL, "aws:sourcevpce")
        other = granted("Portal", "GetClip", Outcome.ALLOW)
        stream = store(connection, conditional, other, entries=(entry,))

        (best,) = ways_to_stream(connection, EVERYTHING, stream).paths
        (live,) = ways_to_stream(connection, EVERYTHING, stream, ("GetMedia",)).paths

    assert (best.source, best.outcome, best.is_open) == (FAR, Outcome.ALLOW, True)
    assert (live.outcome, live.condition_keys) == (Outcome.CONDITIONAL, ("aws:sourcevpce",))
    assert best.condition_keys == ()


def test_what_is_denied_or_of_another_stream_leads_nowhere(engine: Engine):
    entry = Entry(role("Portal"), TrustedKind.PRINCIPAL, FAR, OTHER, Outcome.ALLOW, is_known=True)
    with engine.begin() as connection:
        stream = store(connection, granted("Portal", "GetMedia", Outcome.DENY), entries=(entry,))
        yard = make_stream(connection, "yard")

        assert ways_to_stream(connection, EVERYTHING, stream).paths == ()
        assert ways_to_stream(connection, EVERYTHING, yard).paths == ()
        assert [path.source for path in ways_to_principal(connection, EVERYTHING, role("Portal")).paths] == [FAR]


def test_out_of_the_scope_nothing_is_told(engine: Engine):
    nobody = Scope(frozenset({OTHER}))
    entry = Entry(role("Portal"), TrustedKind.PRINCIPAL, FAR, OTHER, Outcome.ALLOW, is_known=True)
    with engine.begin() as connection:
        stream = store(connection, granted("Portal", "GetMedia", Outcome.ALLOW), entries=(entry,))

        assert ways_to_stream(connection, nobody, stream).paths == ()
        found = ways_to_principal(connection, nobody, role("Portal"))

    assert (found.paths, found.unseen) == ((), (role("Portal"),))


def test_a_role_that_nobody_gets_into_is_told_from_one_of_which_nobody_looked(engine: Engine):
    entry = Entry(role("Portal"), TrustedKind.PRINCIPAL, FAR, OTHER, Outcome.ALLOW, is_known=True)
    with engine.begin() as connection:
        store(connection, entries=(entry,))
        asked = (role("Portal"), role("Shut"), FAR, f"arn:aws:iam::{CLINIC:012d}:user/ada")

        assert closed_roles(connection, EVERYTHING, asked) == {role("Shut")}
