from dataclasses import replace

import pytest

from app.db.queries.stream_pages import StreamRow
from app.web.as_it_was import Was
from app.web.standing import Standing
from tests.builders.accounts import CLINIC, NOW

KNOWN = StreamRow(
    id=1, arn=None, name="gate", account_id=CLINIC, region="eu-central-1", kind="stream", status="ACTIVE",
    created_at=NOW, retention_hours=24, kms_key_id=None, media_type=None, device_name=None, channel_type=None, tags={},
    seen_at=NOW, removed_at=None, camera=None, site=None, owner=None,
)  # fmt: skip
NAMED = replace(KNOWN, status=None)
ABSENT, UNLISTED = "not there then, by the listing of its Region", "not known then: its Region was not listed"


@pytest.mark.parametrize(
    ("standing", "told", "note", "unknown"),
    [
        pytest.param(Standing(Was(KNOWN), True, False, False), "", "", "", id="judged"),
        pytest.param(
            Standing(Was(KNOWN), False, False, False), "is not computed yet", "were not read yet", "Not known: the acc",
            id="policies not read",
        ),
        pytest.param(
            Standing(Was(KNOWN), False, False, True), "Who might watch it is not computed:", "had not been read then",
            "Not known: the account", id="policies not read then",
        ),
        pytest.param(
            Standing(Was(NAMED), True, True, False), "may watch it is not known: no inventory", "No inventory holds it",
            "Not known: no inventory", id="in no listing",
        ),
        pytest.param(
            Standing(Was(NAMED), True, False, False), "does not have it", "not have it", "", id="gone by a listing",
        ),
        pytest.param(
            Standing(Was(NAMED, UNLISTED), True, True, True), f"It was {UNLISTED}.", f"It was {UNLISTED}, so nobody",
            f"It was {UNLISTED}, so nobody", id="not listed then",
        ),
        pytest.param(
            Standing(Was(NAMED, UNLISTED), False, True, True), "Who might watch it is not known: the account's",
            "had not been read then", "Not known: the account", id="nothing read then",
        ),
        pytest.param(
            Standing(Was(NAMED, ABSENT), True, False, True), f"It was {ABSENT}.", f"It was {ABSENT}, so nobody", "",
            id="not there then",
        ),
    ],
)  # fmt: skip
def test_what_nobody_judged_is_not_said_to_be_nothing(standing: Standing, told: str, note: str, unknown: str) -> None:
    for said, expected in ((standing.told, told), (standing.note, note), (standing.unknown, unknown)):
        assert (expected in said) if expected else not said
