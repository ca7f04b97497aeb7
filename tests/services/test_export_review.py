"""An access review as rows."""

from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING
from app.core.query.moment import iso
from app.services.export_review import COLUMNS, NOT_STORED, review_rows
from app.services.review_access import review_access
from tests.builders.accounts import NOW
from tests.builders.review import make_reviewed
from tests.builders.statement import question


def test_each_principal_is_a_row_and_what_is_not_known_stands_in_words(engine: Engine) -> None:
    with engine.begin() as connection:
        found = review_access(connection, EVERYTHING, question(make_reviewed(connection)))
    rows = {row["principal"].rpartition("/")[2]: row for cells in review_rows(found) for row in [_named(cells)]}
    assert set(rows) == {"Analyst", "Filmer", "Former"}
    assert (rows["Analyst"]["view"], rows["Analyst"]["conditions"]) == ("GetClip", "aws:sourceip")
    assert (rows["Analyst"]["reads"], rows["Analyst"]["last_read_at"]) == ("0", "never")
    assert (rows["Former"]["view_states"], rows["Former"]["reads"]) == ("used, no longer granted", "1")
    assert (rows["Former"]["created_at"], rows["Former"]["changed_at"]) == ("not read", NOT_STORED)
    assert (rows["Analyst"]["unchanged_since"], rows["Former"]["unchanged_since"]) == (iso(NOW), "not read")
    assert {row["observable"] for row in rows.values()} == {"100 %"}
    assert {row["decision"] for row in rows.values()} == {""}


def _named(cells: list[str | None]) -> dict[str, str]:
    return {name: cell or "" for name, cell in zip(COLUMNS, cells, strict=True)}
