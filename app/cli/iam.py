"""`kvswatch iam …`: the evaluator at the command line."""

import gzip
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from app import clock, config
from app.cli._command import Command
from app.cli._database import app_engine
from app.cli._text import printable
from app.core.arn import account_text
from app.core.errors import CouldNotLook, InvalidInput, KvswatchError
from app.core.iam.asked import asked_action, asked_resource
from app.core.iam.cases import evaluate_case
from app.core.iam.explain import explained
from app.core.iam.layers import Binding
from app.core.iam.matrix import access_matrix
from app.core.iam.resources import ANY_RESOURCE
from app.core.kvs.actions import Action
from app.core.leastprivilege.replay import Outcome, Replayed
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Held
from app.core.model.grant import Outcome as Access
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import Snapshot
from app.core.query.moment import iso, past
from app.core.readings import AsOf
from app.db.engine import read_only
from app.db.queries import accounts
from app.db.queries.snapshots import load_snapshot
from app.services.explain_access import as_of_of, explain_access, snapshot_of
from app.services.read_ways import ways_of
from app.services.replay_policy import Replay, replay_policy

cli = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
At = Annotated[
    str | None,
    typer.Option("--at", help="Answer as of a time (2026-03-03T12:00Z, now-30d), from what was read before it."),
]


@cli.command()
def evaluate(
    cases: Annotated[Path, typer.Argument(help="File of cases, one JSON object a line; may be gzipped.")],
    *,
    as_json: Json = True,  # noqa: ARG001 - there is no other form; the option stands here as in the other commands
) -> None:
    """Print {"id", "verdict", "reasons"} for each case as JSON; exit 1 when one is not a case."""
    faults = 0
    for number, line in _lines(cases):
        try:
            print(json.dumps(evaluate_case(_case(line, number))))
        except KvswatchError as error:
            faults += 1
            sys.stderr.write(f"{cases}:{number}: {error}\n")
    if faults:
        raise typer.Exit(1)


@cli.command("who-can")
def who_can(
    action: Annotated[str, typer.Argument(help="An action of KVS, such as GetMedia.")],
    resource: Annotated[str, typer.Argument(help='ARN of a stream or channel; "*" for an action that takes none.')],
    *,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Print every principal that may call ACTION on RESOURCE, on which conditions, and who gets there through roles.

    With --json a line {"not_computed": [roles]} ends the list where nobody computed who may assume them, and a line
    {"note": text} where the inventory does not hold RESOURCE. With --at the last line,
    {"as_of": …}, has the readings around that time.
    """
    wanted, then = asked_action(action), _past(at)
    with app_engine(config.load()) as engine:
        with read_only(engine) as connection:
            snapshots = _snapshots_of(connection, wanted, resource, then)
            as_of = as_of_of(connection, EVERYTHING, snapshots, then)
        found = [_held(snapshot, wanted, resource, as_of) for snapshot in snapshots]
        held = {principal: one for each in found for principal, one in each.held.items()}
        with read_only(engine) as connection:
            ways = ways_of(connection, EVERYTHING, held, then)
    for principal, one in held.items():
        _print_access(Way(principal, one.outcome, one.condition_keys), as_json=as_json)
    for path in ways.paths:
        way = Way(path.source, path.outcome, path.condition_keys, path.hops, path.circle, is_open=path.is_open)
        _print_access(way, as_json=as_json)
    if ways.unseen and as_json:
        print(json.dumps({"not_computed": ways.unseen}))
    if ways.unseen:
        sys.stderr.write(f"Who may assume these is not computed yet: {', '.join(map(printable, ways.unseen))}\n")
    for note in (each.note for each in found if each.note):
        _print_note(note, as_json=as_json)
    if not held and not as_json:
        sys.stderr.write(f"No principal may call {wanted.name} there, by what kvswatch has read.\n")
    if as_of is not None and as_json:
        print(json.dumps({"as_of": as_of.as_json()}))
    elif as_of is not None:
        sys.stderr.writelines(f"{line}\n" for line in _as_of(as_of))


def _past(text: str | None) -> datetime | None:
    return None if text is None else past(text, now=clock.now()).at


def _as_of(as_of: AsOf) -> Iterator[str]:
    yield f"As of {iso(as_of.at)}:"
    yield from (f"  {printable(sentence)}" for sentence in as_of.sentences())


@dataclass(frozen=True, slots=True)
class _Held:
    """What the principals of one account hold on what was asked; `note` as of the asked resource."""

    held: dict[str, Held]
    note: str


def _held(snapshot: Snapshot, action: Action, text: str, as_of: AsOf | None) -> _Held:
    asked = asked_resource(snapshot, action, text)
    if snapshot.iam is None:
        account = account_text(snapshot.account.id)
        when = "never read" if as_of is None else f"not read before {iso(as_of.at)}"
        raise CouldNotLook(f"the IAM of account {account} was {when}: nobody can say who may")
    if asked.note:
        binding = Binding(snapshot)
        answers = [(one, explained(binding, one, action.name, asked.resource)) for one in binding.callers]
        found = {one.arn: Held(said.outcome, said.condition_keys) for one, said in answers}
    else:
        found = {
            grant.principal: Held(grant.outcome, grant.condition_keys)
            for grant in access_matrix(snapshot).grants
            if grant.action == action.name and asked.resource in grant.resources
        }
    return _Held({name: one for name, one in found.items() if one.outcome is not Access.DENY}, asked.note)


def _snapshots_of(connection: Connection, action: Action, resource: str, at: datetime | None) -> list[Snapshot]:
    """Return the account of a resource; of an action that takes none all accounts that are watched."""
    if resource != ANY_RESOURCE or not action.is_wildcard_only:
        return [snapshot_of(connection, EVERYTHING, resource, at)]
    return [load_snapshot(connection, EVERYTHING, one.id, at) for one in accounts.accounts(connection, EVERYTHING)]


def _print_note(note: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"note": note}))
    else:
        sys.stderr.write(f"Note: {printable(note)}\n")


@dataclass(frozen=True, slots=True)
class Way:
    """How one principal gets to what was asked; no hops: it is granted to it.

    `is_open`: more may stand before its first hop, but nobody can look there. `circle`: the roles on it that may assume
    its principal again.
    """

    principal: str
    outcome: Access
    condition_keys: tuple[str, ...]
    hops: tuple[Entry, ...] = ()
    circle: tuple[str, ...] = ()
    is_open: bool = False


def _print_access(way: Way, *, as_json: bool) -> None:
    if as_json:
        hops = [
            {
                "role": hop.role,
                "outcome": hop.outcome,
                "condition_keys": list(hop.condition_keys),
                "statement": hop.statement,
                "sid": hop.sid,
            }
            for hop in way.hops
        ]
        kind = way.hops[0].kind if way.hops else TrustedKind.PRINCIPAL
        found = {"principal": way.principal, "kind": kind, "is_open": way.is_open, "outcome": way.outcome}
        ways = {"condition_keys": list(way.condition_keys), "through": hops, "circle": list(way.circle)}
        print(json.dumps({**found, **ways}))
        return
    through = "".join(f" -> {printable(hop.role)}" for hop in way.hops)
    keys = f"  if {printable(', '.join(way.condition_keys))}" if way.condition_keys else ""
    unread = "  (who gets there is not known)" if way.is_open else ""
    again = ", ".join(map(printable, way.circle))
    circle = f"  (ends in a circle: {printable(way.principal)} may be assumed by {again} again)" if again else ""
    print(f"{way.outcome:<12} {printable(way.principal)}{through}{keys}{unread}{circle}")


@cli.command()
def explain(
    principal: Annotated[str, typer.Argument(help="ARN of a role or user.")],
    action: Annotated[str, typer.Argument(help="An action of KVS, such as GetMedia, or sts:AssumeRole.")],
    resource: Annotated[str, typer.Argument(help='ARN of a stream, a channel or (sts:AssumeRole) a role, or "*".')],
    *,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Print the verdict and the statements that decide it, in AWS's order of evaluation."""
    then = _past(at)
    with app_engine(config.load()) as engine, read_only(engine) as connection:
        found = explain_access(connection, EVERYTHING, principal, action, resource, then)
    if as_json:
        print(json.dumps(found.as_json()))
        return
    explanation = found.explanation
    keys = f"  if {printable(', '.join(explanation.condition_keys))}" if explanation.condition_keys else ""
    print(f"{explanation.outcome}{keys}")
    for reason in explanation.reasons:
        print(f"  {printable(reason.sentence)}")
        if reason.policy_arn or reason.policy_version:
            print(f"    {printable(' '.join(filter(None, (reason.policy_arn, reason.policy_version))))}")
        if explanation.decides(reason):
            print(f"    {reason.change}")
    if found.as_of is not None:
        print("\n".join(_as_of(found.as_of)))
    if found.note:
        _print_note(found.note, as_json=False)


@cli.command()
def replay(
    policies: Annotated[list[Path], typer.Argument(help="Files with policy documents, as JSON.")],
    *,
    principal: Annotated[str, typer.Option(help="ARN of the role or user whose calls are replayed.")],
    as_json: Json = False,
) -> None:
    """Print which calls of the last 90 days these policies would have denied; exit 1 when there are any.

    They stand in place of all identity policies of PRINCIPAL; boundaries, SCPs and RCPs stay.
    """
    documents = [PolicyDocument(PolicyKind.INLINE, path.name, _text(path)) for path in policies]
    with app_engine(config.load()) as engine:
        found = replay_policy(engine, EVERYTHING, principal, documents, now=clock.now())
    for one in found.calls:
        if as_json:
            print(json.dumps(_replayed_as_json(one)))
        elif one.outcome is not Outcome.ALLOWED:
            print(_replayed_as_text(one))
    if not as_json:
        print(_summary(found))
    since = "never" if found.stored_since is None else f"{max(found.since, found.stored_since)}"
    sys.stderr.write(f"Only what was logged and stored could be replayed: calls of this account since {since}.\n")
    if any(one.outcome is Outcome.DENIED for one in found.calls):
        raise typer.Exit(1)


def _replayed_as_json(one: Replayed) -> dict[str, object]:
    return {
        "outcome": one.outcome,
        "action": one.call.action,
        "resource": one.resource,
        "calls": one.call.n,
        "first_at": one.call.first_at.isoformat(),
        "last_at": one.call.last_at.isoformat(),
        "condition_keys": list(one.keys),
        "why": one.why,
    }


def _replayed_as_text(one: Replayed) -> str:
    call = one.call
    times = f"{call.first_at:%Y-%m-%d %H:%M} to {call.last_at:%Y-%m-%d %H:%M} UTC"
    why = one.why or f"depends on {', '.join(one.keys) or 'what could not be read'}"
    calls = f"{call.n:,} call{'s' if call.n > 1 else ''}"
    return f"{one.outcome:<12} {call.action:<28} {printable(one.resource)}  {calls}, {times}: {printable(why)}"


def _summary(found: Replay) -> str:
    calls = Counter(dict.fromkeys(Outcome, 0))
    for one in found.calls:
        calls[one.outcome] += one.call.n
    told = ", ".join(f"{calls[outcome]:,} {outcome}" for outcome in Outcome)
    return f"{calls.total():,} recorded calls since {found.since}: {told}; {found.failed:,} had failed anyway"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: cannot read it: {error}") from None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold something, with their numbers; what is no text spoils its own line alone."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path}: cannot read it: {error}") from None


def _case(line: bytes, number: int) -> dict[str, object]:
    try:
        case = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"not JSON: {error}") from None
    if not isinstance(case, dict):
        raise InvalidInput(f"line {number} is not a JSON object")
    return case


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice in one object: of two a decoder forgets the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidInput(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


COMMAND = Command("Evaluate IAM policies: cases, who can do what and why, what would be lost.", cli)
