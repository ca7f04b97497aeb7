"""What closes a hole: the selectors, and the command that does not stop the logging of anything else."""

import json
import shlex
from dataclasses import replace
from itertools import pairwise

import pytest

from app.core.coverage.closing import Closing, closing, selectors_of_classes, trails_now
from app.core.coverage.observe import ActionClass
from app.core.coverage.selectors import Taken, call, taken
from app.core.kvs.actions import ACTIONS
from app.core.model.trail import AdvancedSelector, BasicSelector, FieldSelector, Trail, TrailStatus
from tests.builders.coverage import ACCOUNT, END, LOGGING, MANAGEMENT, MEDIA, READ_AT, REGION, TRAIL, make_history

HOSTILE = "x'; rm -rf / #\n\u202e"
OWN = Trail(TRAIL, "kvs-trail", REGION, True, False, "bucket", "", True, True, advanced=(MANAGEMENT,))
SHARED = replace(OWN, arn=TRAIL.replace("590817264433", "100000000001"), is_organization_trail=True, name="org-trail")


def _closing(*trails: Trail, kinds: tuple[ActionClass, ...] = (ActionClass.READ,)) -> Closing:
    return closing(kinds, trails, ACCOUNT.id, REGION, END, {"bucket"})


def _command(found: Closing) -> dict[str, str]:
    """Return the options of the command that changes selectors, as a shell would read them."""
    text = next(one.text for one in found.texts if one.title == "AWS CLI")
    words = shlex.split(text.replace("\\\n", " "))
    return {name: value for name, value in pairwise(words) if name.startswith("--")}


def _selectors(found: Closing) -> list[dict[str, object]]:
    selectors: list[dict[str, object]] = json.loads(_command(found)["--advanced-event-selectors"])
    return selectors


@pytest.mark.parametrize("action", ["GetMedia", "PutMedia", "ConnectAsViewer", "CreateStream"])
def test_the_selectors_of_all_classes_take_every_call(action: str) -> None:
    trail = replace(OWN, advanced=selectors_of_classes(ActionClass))
    assert taken(trail, call(ACTIONS[action], "arn:aws:kinesisvideo:x:1:stream/a/1"))[0] is Taken.ALL


def test_the_command_has_what_the_trail_logs_already_beside_what_is_added() -> None:
    odd = AdvancedSelector(HOSTILE, (FieldSelector("resources.ARN", not_starts_with=(HOSTILE,), ends_with=("/1",)),))
    found = _closing(replace(OWN, advanced=(MANAGEMENT, odd)))
    assert _command(found)["--trail-name"] == TRAIL
    assert _selectors(found) == [
        {"Name": "Management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
        {
            "Name": HOSTILE,
            "FieldSelectors": [{"Field": "resources.ARN", "EndsWith": ["/1"], "NotStartsWith": [HOSTILE]}],
        },
        {
            "Name": "KVS media",
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::Stream"]},
            ],
        },
    ]
    assert "the 2 selectors that it has now" in found.said


@pytest.mark.parametrize(
    "trail", [None, OWN, SHARED, replace(OWN, selectors_seen=False)], ids=["new", "own", "org", "?"]
)
def test_the_template_is_a_whole_stack_of_a_trail_with_the_new_selectors_alone(trail: Trail | None) -> None:
    found = _closing(*[trail] if trail else [], kinds=(ActionClass.READ, ActionClass.SIGNALING))
    template = json.loads(next(one.text for one in found.texts if one.title == "CloudFormation"))
    (resource,) = template["Resources"].values()
    assert resource["Type"] == "AWS::CloudTrail::Trail"
    (parameter,) = template["Parameters"]
    assert resource["Properties"].pop("AdvancedEventSelectors") == json.loads(found.texts[0].text)
    assert [one["Name"] for one in json.loads(found.texts[0].text)] == ["KVS media", "KVS signaling"]
    assert resource["Properties"] == {
        "S3BucketName": {"Ref": parameter},
        "IsLogging": True,
        "EnableLogFileValidation": True,
    }
    assert ("makes a trail of its own" in found.said) == (trail is not None)


def test_what_it_has_already_is_not_added_again() -> None:
    found = _closing(replace(OWN, advanced=(MEDIA,)), kinds=(ActionClass.WRITE, ActionClass.MANAGEMENT))
    assert [one["Name"] for one in _selectors(found)] == ["KVS media", "Management events"]


def test_a_trail_without_selectors_goes_on_to_log_management_events() -> None:
    assert [one["Name"] for one in _selectors(_closing(replace(OWN, advanced=())))] == [
        "Management events",
        "KVS media",
    ]


def test_basic_selectors_become_advanced_ones() -> None:
    found = _closing(replace(OWN, advanced=(), basic=(BasicSelector("WriteOnly", True), BasicSelector("All", False))))
    assert _selectors(found)[0]["FieldSelectors"] == [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "readOnly", "Equals": ["false"]},
    ]
    assert len(_selectors(found)) == 2
    assert "ExcludeManagementEventSources" in found.said


@pytest.mark.parametrize(
    ("trail", "why"),
    [
        (replace(OWN, selectors_seen=False), "could not be read"),
        (
            replace(OWN, advanced=(), basic=(BasicSelector("All", True, ("AWS::S3::Object",)),)),
            "AWS::S3::Object by ARNs that kvswatch does not keep",
        ),
    ],
)
def test_where_a_command_would_stop_what_nobody_knows_none_is_offered(trail: Trail, why: str) -> None:
    found = _closing(trail)
    assert [one.title for one in found.texts] == ["Selectors", "CloudFormation"]
    assert why in found.said
    assert "no command is offered" in found.said


def test_the_accounts_own_trail_is_changed_rather_than_that_of_all_accounts() -> None:
    assert _command(_closing(SHARED, OWN))["--trail-name"] == TRAIL
    found = _closing(SHARED, replace(OWN, selectors_seen=False))
    assert _command(found)["--trail-name"] == SHARED.arn
    assert "org-trail is the organization's trail: its selectors hold in all accounts of it" in found.said
    assert "account 100000000001" in found.said


def test_a_trail_that_does_not_log_is_told_to_need_more_than_selectors() -> None:
    stopped = replace(OWN, status=TrailStatus(False, None, stopped_at=READ_AT))
    assert f"That alone does not do: it is stopped since {READ_AT:%Y-%m-%d %H:%MZ}." in _closing(stopped, SHARED).said
    assert "That alone" not in _closing(replace(OWN, status=LOGGING)).said


def test_a_trail_whose_log_is_read_here_is_changed_rather_than_another() -> None:
    unread = replace(OWN, arn=TRAIL.replace("kvs-trail", "a-trail"), bucket="elsewhere", status=LOGGING)
    assert _command(_closing(unread, replace(OWN, status=LOGGING)))["--trail-name"] == TRAIL
    said = _closing(unread).said
    assert "That alone does not do: it logs into elsewhere, which kvswatch does not read." in said
    both = _closing(replace(unread, status=TrailStatus(False, None, stopped_at=READ_AT))).said
    assert "it is stopped since 2026-11-22 23:50Z, and it logs into elsewhere, which kvswatch does not read." in both
    group = "arn:aws:logs:eu-central-1:590817264433:log-group:trail"
    logged = replace(unread, log_group=group)
    assert "That alone" not in closing([ActionClass.READ], [logged], ACCOUNT.id, REGION, END, {group}).said


def test_no_more_values_are_put_than_cloudtrail_takes() -> None:
    named = tuple(f"arn:aws:kinesisvideo:eu-central-1:590817264433:stream/cam-{n}/1" for n in range(497))
    one_by_one = replace(MEDIA, fields=(*MEDIA.fields, FieldSelector("resources.ARN", equals=named)))
    found = _closing(replace(OWN, advanced=(MANAGEMENT, one_by_one)))
    assert [one["Name"] for one in _selectors(found)] == ["Management", "KVS media"]
    assert "the one selector that it has now beside the new. What the new take all of is left out." in found.said
    assert len(_selectors(_closing(replace(OWN, advanced=(one_by_one,))))) == 1
    excluded = FieldSelector("resources.ARN", not_equals=named)
    others = AdvancedSelector("S3", (FieldSelector("resources.type", equals=("AWS::S3::Object",)), excluded))
    full = _closing(replace(OWN, advanced=(MANAGEMENT, others)))
    assert [one.title for one in full.texts] == ["Selectors", "CloudFormation"]
    assert "501 values, and CloudTrail takes 500 at most: no command is offered." in full.said


def test_nothing_is_added_to_what_is_logged_since() -> None:
    since = replace(OWN, advanced=(MEDIA,), status=LOGGING)
    found = _closing(since)
    assert (found.texts, found.logs) == ((), ())
    assert "logged now" in found.said
    both = _closing(since, kinds=(ActionClass.READ, ActionClass.SIGNALING))
    assert [one["Name"] for one in json.loads(both.texts[0].text)] == ["KVS signaling"]
    assert both.logs == (ActionClass.SIGNALING,)
    one_stream = replace(MEDIA, fields=(*MEDIA.fields, FieldSelector("resources.ARN", not_equals=("x",))))
    assert _closing(replace(since, advanced=(one_stream,))).texts


@pytest.mark.parametrize(
    ("names", "logs"),
    [((), (ActionClass.READ, ActionClass.WRITE)), (("PutMedia",), (ActionClass.READ,))],
)
def test_what_the_selector_takes_beside_the_hole_is_logged_too(
    names: tuple[str, ...], logs: tuple[ActionClass, ...]
) -> None:
    named = replace(MEDIA, fields=(*MEDIA.fields, FieldSelector("eventName", equals=names)))
    trail = replace(OWN, advanced=(MANAGEMENT, named) if names else (MANAGEMENT,))
    assert _closing(trail).logs == logs


def test_what_the_trail_has_already_the_template_takes_again() -> None:
    named = replace(MEDIA, fields=(*MEDIA.fields, FieldSelector("eventName", equals=("PutMedia",))))
    assert _closing(replace(OWN, advanced=(MANAGEMENT, named))).again == (ActionClass.WRITE,)
    assert _closing(OWN).again == _closing().again == ()


def test_without_a_trail_a_new_one_is_made() -> None:
    found = _closing(kinds=(ActionClass.SIGNALING,))
    assert [one["Name"] for one in _selectors(found)] == ["KVS signaling"]
    command = next(one for one in found.texts if one.title == "AWS CLI")
    assert [line.split()[2] for line in command.text.splitlines() if line.startswith("aws ")] == [
        "create-trail",
        "put-event-selectors",
        "start-logging",
    ]
    assert "BUCKET" in dict(command.yours)


def test_the_trails_of_a_region_have_the_selectors_that_were_read_last() -> None:
    (trail,) = trails_now(make_history(), (), REGION, END)
    assert trail.advanced == (MEDIA,)
    assert READ_AT < END
