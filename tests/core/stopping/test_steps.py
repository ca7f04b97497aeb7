import pytest

from app.core.lineage.device import PROVIDER
from app.core.stopping.measure import Entrant
from app.core.stopping.steps import measures, steps
from tests.builders.stopping import (
    CERTIFICATE,
    HOSTILE,
    KEY,
    NOW,
    ROLE,
    ROOT,
    SERVICE_LINKED,
    SSO,
    USER,
    caller,
    target,
    words_of,
)

DEVICE = {"session": CERTIFICATE, "certificate": CERTIFICATE, "is_device": True, "region": "eu-central-1"}


@pytest.mark.parametrize(
    ("whom", "offered"),
    [
        (target(USER, keys=(KEY,)), "deactivate revoke deny-all scp"),
        (target(ROLE), "revoke trust deny-all scp"),
        (target(ROLE, session="job"), "one-session revoke trust deny-all scp"),
        (target(ROLE, **DEVICE), "one-session certificate revoke alias trust deny-all scp"),
        (target(SSO, session="mara", person="mara"), "person scp"),
        (target(SERVICE_LINKED), ""),
        (target(ROOT, keys=(KEY,)), "deactivate scp"),
        (target("lambda.amazonaws.com"), ""),
        (target(USER, keys=(KEY,), is_of_management=True), "deactivate revoke deny-all"),
    ],
    ids=["user", "role", "session", "device", "identity center", "service-linked", "root", "service", "management"],
)
def test_each_kind_of_target_is_offered_what_can_stop_it(whom, offered: str):
    names = {
        "Deactivate the access key": "deactivate",
        "Deny the sessions of this name": "one-session",
        "Deactivate the device's certificate": "certificate",
        "Deny the person": "person",
        "Revoke all sessions issued until now": "revoke",
        "Delete the role alias": "alias",
        "Let nobody assume the role": "trust",
        "Deny it everything": "deny-all",
        "Deny it Kinesis Video Streams, from the organization": "scp",
    }
    found = [names[step.measure.title] for step in steps(whom, (), NOW) if not step.bar]
    assert " ".join(found) == offered


def test_what_cannot_be_done_says_why():
    barred = {step.measure.title: step.bar for step in steps(target(SSO, session="mara"), (), NOW) if step.bar}
    assert barred["Let nobody assume the role"] == "IAM Identity Center made the role, and only it can change it."
    assert all(step.texts for step in steps(target(), (), NOW))


def test_each_ends_with_the_way_back_and_names_its_source():
    for step in steps(target(ROLE, **DEVICE), (), NOW):
        assert step.texts[-1].title == "Undo"
        assert step.measure.reference.url.startswith("https://docs.aws.amazon.com/")


def test_callers_are_those_that_it_would_have_stopped_the_most_calls_first():
    known = [caller(calls=1), caller(session="other", calls=9), caller(USER, key=KEY, is_long_term=True)]
    found = {step.measure.title: step.hit for step in steps(target(session="job"), known, NOW)}
    assert found["Deny the sessions of this name"] == (known[0],)
    assert found["Revoke all sessions issued until now"] == (known[1], known[0])


def test_an_scp_of_kinesis_video_streams_refuses_no_role_that_is_taken():
    known = caller(taken=2, taken_failed=1, roles=frozenset({USER}), then_calls=9, then_reads=3)
    found = {step.measure.title: step for step in steps(target(), [known, caller(calls=0, taken=1)], NOW)}
    (kept,) = found["Deny it Kinesis Video Streams, from the organization"].hit
    assert kept == caller()
    assert len(found["Deny it everything"].hit) == len(found["Deny it everything"].taking) == 2


def test_only_what_closes_the_role_keeps_anybody_out():
    service = Entrant("lambda.amazonaws.com", is_given=False, calls=1, last_at=NOW)
    fleet = Entrant(PROVIDER, is_given=False, calls=9, last_at=NOW)
    device = Entrant(PROVIDER, is_given=True, calls=3, last_at=NOW)
    found = steps(target(ROLE, **DEVICE), (), NOW, (service, fleet, device))
    assert {step.measure.title: step.kept_out for step in found if step.kept_out} == {
        "Deactivate the device's certificate": (device,),
        "Delete the role alias": (fleet, device),
        "Let nobody assume the role": (service, fleet, device),
    }


def test_a_name_that_acts_in_a_terminal_is_offered_in_no_command():
    whom = target(ROLE + "\x1b[201~")
    assert {step.bar for step in steps(whom, (), NOW)} == {
        "A name holds characters that no name in IAM can have, so no command is offered.", ""
    }  # fmt: skip
    said = [text.text for step in steps(whom, (), NOW) for text in step.texts]
    assert not any("\x1b" in text for text in said)


def test_a_hostile_name_stays_within_one_word_of_each_command():
    whom = target(ROLE + HOSTILE, session=HOSTILE, certificate=HOSTILE, is_device=True, region=HOSTILE)
    commands = [text.text for step in steps(whom, (), NOW) for text in step.texts if "olicy" not in text.title]
    touched = [word for command in commands for word in words_of(command) if "/tmp/x" in word]
    assert len(touched) > len(commands) / 2
    assert all("$(touch /tmp/x) `id`" in word.replace("${$}", "$") for word in touched)


def test_measures_have_places_of_their_own():
    places = [measure.place for measure in measures()]
    assert places == sorted(set(places))
