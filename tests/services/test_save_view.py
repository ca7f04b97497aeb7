import pytest
from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.db.queries import audit, saved_views
from app.services.save_view import drop_view, save_view
from tests.builders.accounts import NOW


def test_a_view_that_is_saved_and_dropped_leaves_both_in_the_audit_log(app_engine: Engine) -> None:
    assert save_view(app_engine, "ward 3", "/events?facets=1&stream=w", by="ada", now=NOW) == "/events?stream=w"
    with app_engine.begin() as connection:
        (kept,) = saved_views.saved_views(connection, "ada")
    with pytest.raises(InvalidInput, match="no such view"):
        drop_view(app_engine, kept.id, by="ben", now=NOW)
    drop_view(app_engine, kept.id, by="ada", now=NOW)
    with app_engine.begin() as connection:
        told = [(one.entry.actor, one.entry.action, one.entry.detail["query"]) for one in audit.entries(connection)]
    assert told == [("ada", "view.save", "stream=w"), ("ada", "view.drop", "stream=w")]


def test_there_are_not_too_many_and_a_known_name_always_fits(
    app_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST", 1)
    save_view(app_engine, "one", "/events", by="ada", now=NOW)
    with pytest.raises(InvalidInput, match="as many as there may be"):
        save_view(app_engine, "two", "/events", by="ada", now=NOW)
    assert save_view(app_engine, "one", "/findings", by="ada", now=NOW) == "/findings"
