"""`kvswatch iam …` on files and on a stored account."""

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app import clock
from app.__main__ import main
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, PrincipalKind
from app.core.parts import Streams
from app.db.queries.snapshots import store_part
from app.demo.emulator import Emulator
from app.services.build_role_entries import build_role_entries
from app.web.app import create_app
from app.web.site import Site
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_calls, make_principal, make_stream
from tests.builders.iam import allow, role, stream
from tests.builders.polling import account_of, aws_settings, polled, snapshot_of, watch

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}]}
STREAM = "arn:aws:kinesisvideo:eu-west-1:111122223333:stream/gate/1600000000000"
CASE = {
    "id": "one",
    "policies": {"identity": [ALLOW]},
    "request": {
        "principal": "arn:aws:iam::111122223333:role/viewer",
        "action": "kinesisvideo:GetMedia",
        "resource": STREAM,
        "resource_account": "111122223333",
        "context": {},
    },
    "context_complete": True,
    "expected": "allow",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_it_prints_one_verdict_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\n\n" + json.dumps(CASE | {"id": "two"}) + "\n")
    code, out, _ = run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl"))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(answer["id"], answer["verdict"]) for answer in answers] == [("one", "allow"), ("two", "allow")]
    assert answers[0]["reasons"]


def test_it_reads_a_gzipped_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl.gz").write_bytes(gzip.compress(json.dumps(CASE).encode()))
    assert json.loads(run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl.gz"))[1])["verdict"] == "allow"


def test_it_names_each_faulty_case_and_judges_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl").write_text('{"id": "no request"}\nnot json\n[1]\n' + json.dumps(CASE) + "\n")
    code, out, err = run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl"))
    assert code == 1
    assert len(out.splitlines()) == 1
    assert [line.split(":")[1] for line in err.splitlines()] == ["1", "2", "3"]


def test_a_line_that_is_no_text_or_says_a_thing_twice_is_a_fault_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(CASE).encode()
    twice = good.replace(b'"Effect": "Allow"', b'"Effect": "Deny", "Effect": "Allow"')
    (tmp_path / "cases.jsonl").write_bytes(b"\n\xff\xfe\n\n" + twice + b"\n" + good)
    code, out, err = run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl"))
    assert code == 1
    assert len(out.splitlines()) == 1
    assert [line.split(":")[1] for line in err.splitlines()] == ["2", "4"]
    assert "'Effect' stands twice" in err


def test_it_names_a_gzipped_file_that_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = gzip.compress(json.dumps(CASE).encode())
    (tmp_path / "cases.jsonl.gz").write_bytes(whole[:40] + b"\x00\x01\xff" * 5 + whole[55:])
    code, _, err = run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl.gz"))
    assert code == 2
    assert "cannot read it" in err


def test_it_names_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "evaluate", "/nowhere/cases.jsonl")
    assert code == 2
    assert "/nowhere/cases.jsonl: cannot read it" in err


def test_its_answer_is_json_whether_one_asks_for_it_or_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\n")
    asked = run(capsys, "iam", "evaluate", "--json", str(tmp_path / "cases.jsonl"))
    assert asked == run(capsys, "iam", "evaluate", str(tmp_path / "cases.jsonl"))


def test_it_refuses_an_action_that_kvs_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "who-can", "GetStreamingEndpoint", STREAM)
    assert code == 2
    assert "not an action of Kinesis Video Streams" in err


CAMERA = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC:012d}:stream/gate/1600000000000"
PORTAL = f"arn:aws:iam::{CLINIC}:role/Portal"
ANNA = f"arn:aws:iam::{CLINIC}:user/anna"


@pytest.fixture
def reached(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """One role that may watch, for one user and a service."""
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    now = clock.now()
    let_in = {"Effect": "Allow", "Principal": {"AWS": ANNA}, "Action": "sts:AssumeRole", "Sid": "Anna"}
    service = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [let_in, service]})
    portal = role(allow(), arn=PORTAL, name="Portal", trust=PolicyDocument(PolicyKind.TRUST, "trust", text))
    anna = role(arn=ANNA, name="anna", kind=PrincipalKind.USER, trust=None)
    with engine.begin() as connection:
        make_account(connection, kind="management")
        store_part(connection, CLINIC, "iam", "", Iam((portal, anna), ()), now)
        store_part(connection, CLINIC, "streams", "eu-central-1", Streams((stream(CAMERA),)), now)
    return engine


def test_who_can_names_who_gets_there_through_a_role(reached: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    build_role_entries(reached, CLINIC, now=clock.now())

    code, out, err = run(capsys, "iam", "who-can", "GetMedia", CAMERA)
    _, lines, _ = run(capsys, "iam", "who-can", "getmedia", CAMERA, "--json")

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"allow        arn:aws:iam::{CLINIC}:root",
        f"allow        {PORTAL}",
        f"allow        {ANNA} -> {PORTAL}",
        f"allow        ecs-tasks.amazonaws.com -> {PORTAL}  (who gets there is not known)",
    ]
    found = [json.loads(line) for line in lines.splitlines()]
    assert [len(each["through"]) for each in found] == [0, 0, 1, 1]
    assert [(each["kind"], each["is_open"]) for each in found[2:]] == [("principal", False), ("service", True)]
    door = {"role": PORTAL, "outcome": "allow", "condition_keys": [], "statement": 0, "sid": "Anna"}
    assert found[2]["through"][0] == door


def test_who_can_says_where_roles_go_in_a_circle(reached: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    hall = PORTAL.replace("Portal", "Hall")
    roles = tuple(
        role(*given, arn=arn, name=arn.rpartition("/")[2], trust=PolicyDocument(PolicyKind.TRUST, "trust", text))
        for arn, given, text in (
            (PORTAL, (allow(),), json.dumps(_trust_in(hall))),
            (hall, (), json.dumps(_trust_in(PORTAL))),
        )
    )
    with reached.begin() as connection:
        store_part(connection, CLINIC, "iam", "", Iam(roles, ()), clock.now())
    build_role_entries(reached, CLINIC, now=clock.now())

    _, out, _ = run(capsys, "iam", "who-can", "GetMedia", CAMERA)
    _, lines, _ = run(capsys, "iam", "who-can", "GetMedia", CAMERA, "--json")

    said = f"(ends in a circle: {hall} may be assumed by {PORTAL} again)"
    assert out.splitlines()[-1] == f"allow        {hall} -> {PORTAL}  {said}"
    assert [json.loads(line)["circle"] for line in lines.splitlines()] == [[], [], [PORTAL]]


@pytest.mark.usefixtures("reached")
@pytest.mark.parametrize("command", [("who-can",), ("explain", PORTAL)], ids=["who-can", "explain"])
@pytest.mark.parametrize(
    ("action", "resource", "message"),
    [
        pytest.param("GetMedia", CAMERA.rpartition("/")[0], f"of that name there is {CAMERA}", id="no creation time"),
        pytest.param("GetMedia", CAMERA.replace("gate", "*"), "is not the ARN of one stream", id="a pattern"),
        pytest.param("GetMedia", CAMERA.replace("stream/", "channel/"), "not called on a channel", id="a channel"),
        pytest.param("ListStreams", CAMERA, 'is called on no resource: write "*"', id="a stream for none"),
    ],
)
def test_what_is_no_stream_is_refused_and_never_nobody(
    command: tuple[str, ...], action: str, resource: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "iam", *command, action, resource)

    assert (code, out) == (2, "")
    assert message in err


def test_a_stream_that_no_inventory_holds_is_answered_from_policies_and_said_to_be(
    reached: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    build_role_entries(reached, CLINIC, now=clock.now())
    gone = CAMERA.replace("1600000000000", "1500000000000")

    code, out, err = run(capsys, "iam", "who-can", "GetMedia", gone)
    _, lines, _ = run(capsys, "iam", "who-can", "GetMedia", gone, "--json")
    _, explained, told = run(capsys, "iam", "explain", PORTAL, "GetMedia", gone)

    assert (code, len(out.splitlines())) == (0, 4)
    assert f"Note: the inventory does not hold {gone}" in err
    assert f"of that name there is {CAMERA}" in json.loads(lines.splitlines()[-1])["note"]
    assert (explained.splitlines()[0], told) == ("allow", err)


@pytest.mark.usefixtures("reached")
def test_who_can_answers_for_actions_without_resource(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "iam", "who-can", "ListStreams", "*")

    assert (code, out.splitlines()) == (0, [f"allow        arn:aws:iam::{CLINIC}:root", f"allow        {PORTAL}"])


@pytest.mark.usefixtures("reached")
def test_explain_takes_the_session_that_a_record_names(capsys: pytest.CaptureFixture[str]) -> None:
    session = f"arn:aws:sts::{CLINIC}:assumed-role/Portal/nightly"

    assert (
        run(capsys, "iam", "explain", session, "GetMedia", CAMERA)[:2]
        == run(capsys, "iam", "explain", PORTAL, "GetMedia", CAMERA)[:2]
    )


@pytest.mark.usefixtures("reached")
def test_explain_says_that_no_call_goes_from_one_account_into_another(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "iam", "explain", "arn:aws:iam::999988887777:role/Vendor", "GetMedia", CAMERA)

    assert (code, out.splitlines()[0]) == (0, "deny")
    assert "The resource is in another account" in out


def test_nobody_is_not_said_of_an_account_that_was_never_read(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    with engine.begin() as connection:
        make_account(connection)
        store_part(connection, CLINIC, "streams", "eu-central-1", Streams((stream(CAMERA),)), clock.now())

    code, out, err = run(capsys, "iam", "who-can", "GetMedia", CAMERA)

    assert (code != 0, out) == (True, "")
    assert "was never read: nobody can say who may" in err


def _trust_in(principal: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": statement}


@pytest.mark.usefixtures("reached")
def test_who_can_says_when_nobody_computed_who_assumes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "iam", "who-can", "GetMedia", CAMERA)
    _, lines, _ = run(capsys, "iam", "who-can", "GetMedia", CAMERA, "--json")

    assert (code, len(out.splitlines())) == (0, 2)
    assert json.loads(lines.splitlines()[-1]) == {"not_computed": [PORTAL]}
    assert err.strip().endswith(f"Who may assume these is not computed yet: {PORTAL}")


@pytest.mark.usefixtures("reached")
def test_explain_tells_why_somebody_may_assume_a_role(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "iam", "explain", ANNA, "sts:AssumeRole", PORTAL)
    _, line, _ = run(capsys, "iam", "explain", ANNA, "sts:assumerole", PORTAL, "--json")

    assert code == 0
    assert out.splitlines()[0] == "allow"
    assert "  Statement 1 (Anna) of trust allows the call (trust policy)." in out.splitlines()
    assert "named_by_trust" in [reason["code"] for reason in json.loads(line)["reasons"]]


@pytest.mark.usefixtures("reached")
def test_explain_as_json_names_policy_and_statement(capsys: pytest.CaptureFixture[str]) -> None:
    _, line, _ = run(capsys, "iam", "explain", PORTAL, "GetMedia", CAMERA, "--json")

    found = json.loads(line)
    (reason,) = found["reasons"]
    assert (found["principal"], found["action"], found["resource"]) == (PORTAL, "kinesisvideo:GetMedia", CAMERA)
    assert (found["outcome"], reason["code"], reason["policy"], reason["statement"]) == ("allow", "allowed", "own", 0)


@pytest.mark.usefixtures("reached")
def test_what_is_no_role_cannot_be_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "explain", PORTAL, "sts:AssumeRole", ANNA)

    assert code == 2
    assert "is no role" in err


def test_who_can_and_explain_answer_as_of_a_time(reached: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    read_at = clock.now()
    with reached.begin() as connection:
        store_part(connection, CLINIC, "iam", "", Iam((role(arn=PORTAL, name="Portal"),), ()), read_at)
    before = read_at - timedelta(microseconds=1)

    _, _, live = run(capsys, "iam", "who-can", "GetMedia", CAMERA)
    code, out, err = run(capsys, "iam", "who-can", "GetMedia", CAMERA, "--at", before.isoformat())
    _, lines, _ = run(capsys, "iam", "who-can", "GetMedia", CAMERA, "--at", before.isoformat(), "--json")
    _, told, _ = run(capsys, "iam", "explain", PORTAL, "GetMedia", CAMERA, "--at", before.isoformat())

    assert live == ""
    assert (code, out.splitlines()[2]) == (0, f"allow        {ANNA} -> {PORTAL}")
    assert "something else; the change lies somewhere between" in err
    parts = json.loads(lines.splitlines()[-1])["as_of"]["parts"]
    assert [part["state"] for part in parts if part["part"] == "iam"] == ["changed_between"]
    assert told.splitlines()[0] == "allow"
    assert f"As of {before:%Y-%m-%dT}" in told


@pytest.mark.usefixtures("reached")
def test_before_anything_was_read_nobody_can_say_who_might(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "iam", "who-can", "GetMedia", CAMERA, "--at", "now-1d")
    assert (code != 0, out) == (True, "")
    assert "was not read before " in err
    assert run(capsys, "iam", "explain", PORTAL, "GetMedia", CAMERA, "--at", "9999-01-01")[0] == 2


ANALYST = f"arn:aws:iam::{CLINIC}:role/Analyst"


@pytest.fixture
def recorded(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    now = clock.now()
    with engine.begin() as connection:
        make_account(connection)
        who, stream = make_principal(connection, "Analyst"), make_stream(connection, "gate")
        make_calls(connection, "GetMedia", 5, now, principal_id=who, stream_id=stream, errors=2)
        make_calls(connection, "GetClip", 1, now, principal_id=who, stream_id=stream)
        store_part(connection, CLINIC, "iam", "", Iam((role(allow(), arn=ANALYST, name="Analyst"),), ()), now)


def replay(capsys: pytest.CaptureFixture[str], folder: Path, policy: Any, *more: str) -> tuple[int, list[str], str]:
    path = folder / "new.json"
    path.write_text(json.dumps(policy))
    code, out, err = run(capsys, "iam", "replay", str(path), "--principal", ANALYST, *more)
    return code, out.splitlines(), err


@pytest.mark.usefixtures("recorded")
def test_it_names_the_calls_that_a_policy_would_have_denied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = ALLOW | {"Statement": [allow("kinesisvideo:GetMedia")]}
    code, (lost, summary), err = replay(capsys, tmp_path, policy)
    assert code == 1
    assert lost.startswith("denied       GetClip ")
    assert "stream/gate/" in lost
    assert "1 call," in lost
    assert "No identity policy of the principal allows the call." in lost
    assert summary.startswith("4 recorded calls since ")
    assert summary.endswith(": 3 allowed, 1 denied, 0 cannot tell; 2 had failed anyway")
    assert "Only what was logged and stored could be replayed" in err


@pytest.mark.usefixtures("recorded")
def test_a_policy_that_loses_nothing_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, tmp_path, ALLOW)
    assert (code, len(out)) == (0, 1)


@pytest.mark.usefixtures("recorded")
def test_what_cannot_be_told_names_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    code, out, _ = replay(capsys, tmp_path, ALLOW | {"Statement": [allow(Condition=condition)]})
    assert code == 0
    assert all(line.startswith("cannot tell") and line.endswith("depends on aws:sourceip") for line in out[:-1])
    assert len(out) == 3


@pytest.mark.usefixtures("recorded")
def test_the_replay_comes_as_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, tmp_path, ALLOW | {"Statement": [allow("kinesisvideo:GetClip")]}, "--json")
    found = [json.loads(line) for line in out]
    assert code == 1
    assert [(each["action"], each["outcome"], each["calls"]) for each in found] == [
        ("GetClip", "allowed", 1),
        ("GetMedia", "denied", 3),
    ]


@pytest.mark.usefixtures("recorded")
def test_a_file_that_is_no_policy_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = replay(capsys, tmp_path, {"Statement": [{"Effect": "allow"}]})
    assert code == 2
    assert "new.json: Statement[0].Effect" in err


def test_a_policy_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "iam", "replay", "/nowhere/new.json", "--principal", ANALYST)
    assert code == 2
    assert "/nowhere/new.json: cannot read it" in err


# ---------------------------------------------------------------- the demo's organization, as it is polled
BRIDGE = "arn:aws:iam::405561239087:role/BridgeRole"
READER = f"arn:aws:iam::{CLINIC}:role/ArchiveReader"
UNREAD = "arn:aws:iam::512233480096:role/DataLab"


@pytest.fixture
def camera(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ARN of a ward's camera; clinic-video, retail-analytics and the organization are polled."""
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    with Emulator(days=0) as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        accounts = [account_of(aws, name) for name in ("halden-management", "clinic-video", "retail-analytics")]
        for account in accounts:
            polled(engine, watch(engine, account), aws_settings(aws))
        for account in accounts:
            build_role_entries(engine, account.id, now=clock.now())
        clinic = snapshot_of(engine, accounts[1])
    return next(one.arn for one in clinic.streams if one.name == "ward-3-corridor")


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    with pytest.raises(SystemExit) as ended:
        main(["iam", *words, "--json"])
    assert not ended.value.code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


DOCUMENT = Path(__file__).parents[2] / "docs" / "demo.md"


def documented() -> list[tuple[list[str], list[str]]]:
    """Return each `iam` command that the document of the demo shows, with the lines that it shows of the answer."""
    shown = re.findall(r"^\$ \.venv/bin/kvswatch (iam .*)\n((?:(?!\$ |```).*\n)+)", DOCUMENT.read_text(), re.MULTILINE)
    return [
        (command.split(), [line for line in answer.splitlines() if line and not line.startswith("…")])
        for command, answer in shown
    ]


def page(site: Site, principal: str, action: str, resource: str) -> object:
    """Return what the page's address gives."""
    with TestClient(create_app(site), base_url="http://127.0.0.1") as client:
        asked = {"principal": principal, "action": action, "resource": resource}
        return client.get("/iam/explain.json", params=asked).json()


def test_who_gets_to_a_stream_and_why_is_answered_over_three_accounts(
    camera: str, capsys: pytest.CaptureFixture[str], read_engine: Engine, app_engine: Engine
) -> None:
    found = {one["principal"]: one for one in lines(capsys, "who-can", "GetMediaForFragmentList", camera)}
    (granted,) = lines(capsys, "explain", READER, "GetMediaForFragmentList", camera)
    (entered,) = lines(capsys, "explain", BRIDGE, "sts:AssumeRole", READER)

    assert found[READER]["through"] == []
    assert [hop["role"] for hop in found[BRIDGE]["through"]] == [READER]
    assert [hop["role"] for hop in found[UNREAD]["through"]] == [BRIDGE, READER]
    assert (found[BRIDGE]["is_open"], found[UNREAD]["is_open"]) == (False, True)
    assert granted["outcome"] == entered["outcome"] == "allow"
    assert found[UNREAD]["outcome"] == "allow"
    site = Site(read_engine, app_engine, demo=True, clock=clock.now)
    assert page(site, READER, "GetMediaForFragmentList", camera) == granted
    assert page(site, BRIDGE, "sts:AssumeRole", READER) == entered
    told = [(wanted, run(capsys, *command)[1].splitlines()) for command, wanted in documented()]
    assert len(told) == 3
    assert [line for wanted, out in told for line in wanted if line not in out] == []
