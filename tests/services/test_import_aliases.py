"""The import of aliases: it replaces what was there, and says which names nothing has."""

from sqlalchemy import Engine

from app.core.model.alias import Alias
from app.core.model.scope import EVERYTHING
from app.core.model.stream import ResourceKind
from app.db.queries import stream_pages
from app.db.queries.audit import entries
from app.db.queries.by_name import NamePage
from app.services.import_aliases import import_aliases
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream


def _alias(name: str, camera: str, kind: ResourceKind = ResourceKind.STREAM) -> Alias:
    return Alias(CLINIC, "eu-central-1", kind, name, camera, "", "")


def test_an_import_replaces_the_one_before_and_names_what_nothing_has(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        ids = [make_stream(connection, name) for name in ("a", "b")]
        import_aliases(connection, [_alias("a", "Camera 1"), _alias("b", "Camera 2")], actor="ada", now=NOW)
        unknown = import_aliases(
            connection, [_alias("b", "Camera 3"), _alias("b", "Bell", ResourceKind.CHANNEL)], actor="ada", now=NOW
        )
        rows = [stream_pages.stream_row(connection, EVERYTHING, ident) for ident in ids]
        logged = [(entry.entry.action, entry.entry.detail) for entry in entries(connection)]
    assert unknown == ("b",)
    assert [row and row.camera for row in rows] == [None, "Camera 3"]
    assert logged == [("aliases.import", {"aliases": 2})] * 2


def test_streams_are_found_by_what_their_people_call_them(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "a")
        make_stream(connection, "b")
        found = Alias(CLINIC, "eu-central-1", ResourceKind.STREAM, "b", "Camera 17", "Ward 3", "Nursing")
        import_aliases(connection, [found], actor="ada", now=NOW)
        for asked in ("camera 17", "WARD 3", "nursing"):
            assert [row.name for row in stream_pages.stream_rows(connection, EVERYTHING, NamePage(9, asked))] == ["b"]
