import json

from app.core.iam import actions
from app.core.kvs.actions import MEDIA_READ, NAMES
from app.core.rules.pasted import NO_PICTURES


def test_no_pictures_denies_every_action_that_reads_media_and_no_other():
    (statement,) = json.loads(NO_PICTURES)["Statement"]
    denied = actions.element_mask(tuple(statement["Action"]), is_excluding=False)

    assert {name for number, name in enumerate(NAMES) if denied >> number & 1} == set(MEDIA_READ)
