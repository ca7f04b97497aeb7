from sqlalchemy import Engine

from app.db.queries.saved_views import drop_view, saved_views, store_view
from tests.builders.accounts import NOW


def test_views_are_their_owners_and_sorted_by_name(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        store_view(connection, "ada", "ward 3", "/events", "stream=ward-3", NOW)
        store_view(connection, "ada", "All", "/findings", "", NOW)
        theirs = store_view(connection, "ben", "ward 3", "/events", "", NOW)
        assert [(view.name, view.address) for view in saved_views(connection, "ada")] == [
            ("All", "/findings"),
            ("ward 3", "/events?stream=ward-3"),
        ]
        assert drop_view(connection, "ada", theirs) is None
        gone = drop_view(connection, "ben", theirs)
        assert gone is not None
        assert saved_views(connection, "ben") == ()


def test_a_name_is_kept_once_and_names_the_newest_view(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        first = store_view(connection, "ada", "ward 3", "/events", "stream=ward-3", NOW)
        assert store_view(connection, "ada", "ward 3", "/events", "stream=ward-4", NOW) == first
        assert [view.query for view in saved_views(connection, "ada")] == ["stream=ward-4"]
