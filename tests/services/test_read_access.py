from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING
from app.services.read_access import Access, access_in
from tests.builders.accounts import CLINIC
from tests.builders.past import BEFORE, THEN, make_past


def test_it_is_known_as_far_as_it_was_read(engine: Engine) -> None:
    make_past(engine)
    with engine.connect() as connection:
        now, then, before = (access_in(connection, EVERYTHING, CLINIC, at) for at in (None, THEN, BEFORE))
        elsewhere = access_in(connection, EVERYTHING, 999988887777, THEN)
    assert now == Access(is_evaluated=True, is_unlisted=False, problems=())
    assert (then.is_evaluated, then.is_unlisted, then.then is not None) == (True, False, True)
    assert (before.is_evaluated, before.is_unlisted) == (False, True)
    assert elsewhere == Access(is_evaluated=False, is_unlisted=False, problems=())
