"""Check one account against AWS: its role, each permission, and the bucket of its log files.

Real calls, each the cheapest of its kind; all are counted as our own, the denied ones too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from sqlalchemy import Engine

from app.aws import probes
from app.aws.collectors._collector import Reach
from app.aws.errors import BadCredentials, CannotAssume, Denied, Expired, NotThere
from app.aws.ledger import Ledger
from app.aws.newest_log_file import LogFile, base, newest_log_file
from app.aws.probes._probe import Asking, Probe, Probes
from app.aws.session import AccountSession, AssumedRoles, AwsSettings
from app.aws.sources._bucket import Bucket
from app.aws.sources.cloudwatch_logs import name_of
from app.aws.sources.sqs_logs import Message, Queue
from app.core import catalogue
from app.core.arn import Arn, account_id, account_text, parse
from app.core.errors import CouldNotLook
from app.core.health import Check, Health, log_age_check, skew_check
from app.core.model.account import Account, AccountKind
from app.core.model.own_call import CallOutcome, OwnCalls
from app.core.onboarding.policy import DECRYPT, ON_ONE_RESOURCE
from app.db.queries import own_calls
from app.services.permissions import permissions_by_kind, reasons

PROBES: Mapping[str, tuple[Reach, Probe]] = {
    action: (service.reach, probe)
    for service in catalogue.load(probes, "PROBES", Probes).values()
    for action, probe in service.of.items()
}
"""Every probe by its IAM action."""
NOBODY = Message("", "kvswatch-doctor", "")
"""A message that no queue has: whether it may be deleted is answered before whether it is there."""

_PAYER = ", or set log_requester_pays where whoever asks is to pay: S3 refuses both alike"
_OWN_CREDENTIALS = "give kvswatch credentials of its own that AWS takes"

Report = Callable[[str, str], None]
"""Told ("kinesisvideo:ListStreams", "eu-west-1") before each call."""


@dataclass(frozen=True, slots=True)
class _Answer:
    health: Health
    message: str
    missing: str | None = None


def check_own_identity(engine: Engine, aws: AwsSettings, region: str, report: Report) -> Iterator[Check]:
    """Yield whether AWS takes the credentials that kvswatch runs with, and whether its clock agrees with ours."""
    nobody = Account(0, "", AccountKind.MEMBER, "", None, (region,))
    ledger = Ledger()
    try:
        with AccountSession(nobody, aws, ledger, report) as session:
            answer = session.call("sts", "get_caller_identity", region)
    except CouldNotLook as error:
        yield Check("aws", "own credentials", _health(error), str(error), _OWN_CREDENTIALS)
        return
    who = str(answer["Arn"])
    yield Check("aws", "own credentials", Health.OK, f"kvswatch runs as {who}")
    _count(engine, (replace(calls, account=account_id(who) or 0) for calls in ledger.take()))
    said = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    # The header has whole seconds.
    yield skew_check("aws", "AWS's", said + timedelta(seconds=0.5) - aws.now())


def check_access(engine: Engine, account: Account, aws: AwsSettings, now: datetime, report: Report) -> Iterator[Check]:
    """Yield the checks of one account: nothing more is asked of one whose role cannot be assumed."""
    fresh = replace(aws, roles=AssumedRoles())
    about = account_text(account.id)
    with _counted(engine) as ledger:
        roles = list(_role_checks(about, account, fresh, ledger, report))
        yield from roles
        if roles[0].health is not Health.OK:
            return
        with AccountSession(account, fresh, ledger, report) as session:
            yield from _permission_checks(about, session, now)
            for bucket in account.log_buckets:
                yield from _bucket_checks(about, session, bucket, ledger, now)
            if account.log_queue is not None:
                yield from _queue_checks(about, Queue(session, parse(account.log_queue)))
            if account.log_group is not None:
                yield _log_group_check(about, session, parse(account.log_group))


# ---------------------------------------------------------------- the role


def _role_checks(about: str, account: Account, aws: AwsSettings, ledger: Ledger, report: Report) -> Iterator[Check]:
    """Yield first whether the role is ours, then whether it is nobody's who lacks the external ID."""
    name = "role"
    try:
        with AccountSession(account, aws, ledger, report) as session:
            session.credentials()
    except CouldNotLook as error:
        is_ours = isinstance(error, BadCredentials | Expired)
        todo = _OWN_CREDENTIALS if is_ours else "compare the role's trust policy with what kvswatch onboard writes"
        yield Check(about, name, _health(error), str(error), todo, _missing(error))
        return
    if not account.role_arn:
        yield Check(about, name, Health.OK, "read with the credentials that kvswatch itself runs with")
        return
    given = "with its external ID" if account.external_id else "without any external ID"
    yield Check(about, name, Health.OK, f"{account.role_arn} can be assumed {given}")
    yield _must_refuse("role without external ID", about, replace(account, external_id=None), aws, ledger, report)
    if account.external_id:
        other = replace(account, external_id=_wrong(account.external_id))
        yield _must_refuse("role with a wrong external ID", about, other, aws, ledger, report)


def _must_refuse(name: str, about: str, account: Account, aws: AwsSettings, ledger: Ledger, report: Report) -> Check:
    """Tell whether a call is denied that must be: whoever knows the role's name could else have kvswatch read it."""
    try:
        with AccountSession(account, aws, ledger, report) as session:
            session.credentials()
    except CannotAssume:
        return Check(about, name, Health.OK, "refused, as it must be")
    except CouldNotLook as error:
        return Check(about, name, Health.CANNOT_TELL, str(error), "try again")
    todo = (
        'add to the Allow of the role\'s trust policy "Condition": {"StringEquals": {"sts:ExternalId": "…"}} with '
        "kvswatch's own, as kvswatch onboard writes it"
    )
    return Check(about, name, Health.FAILS, f"{account.role_arn} could be assumed", todo)


def _wrong(external_id: str) -> str:
    """Return an external ID that differs in its last character: patterns and comparisons without case let it pass."""
    return external_id[:-1] + ("0" if external_id[-1] != "0" else "1")


# ---------------------------------------------------------------- permissions


def _permission_checks(about: str, session: AccountSession, now: datetime) -> Iterator[Check]:
    """Yield the checks of each declared permission, those of all Regions in one line where they end alike."""
    account = session.account
    asking = {region: Asking(session, region, now) for region in ("", *account.regions)}
    for action in sorted(permissions_by_kind()[account.kind]):
        if action.partition(":")[0] in ON_ONE_RESOURCE:
            # Told where that is named: of the log bucket, of its queue.
            continue
        if action not in PROBES:
            yield Check(about, action, Health.CANNOT_TELL, "kvswatch has no harmless call that would tell")
            continue
        reach, probe = PROBES[action]
        regions = account.regions if reach is Reach.REGIONAL else ("",)
        answers = {region: _answer(probe, asking[region]) for region in regions}
        yield from _united(about, action, account.kind, answers)


def _united(about: str, action: str, kind: AccountKind, answers: Mapping[str, _Answer]) -> Iterator[Check]:
    by_answer: dict[tuple[Health, str | None], list[str]] = defaultdict(list)
    for region, answer in answers.items():
        by_answer[answer.health, answer.missing].append(region)
    wanted = ", ".join(reasons(action, kind))
    for (health, missing), regions in by_answer.items():
        where = f" in {', '.join(regions)}" if any(regions) else ""
        if health is Health.OK:
            yield Check(about, action, health, f"allowed{where}, for {wanted}")
            continue
        message = f"{answers[regions[0]].message}{where and f' (so{where})'}"
        yield Check(about, action, health, message, _todo(missing, wanted), missing)


def _todo(missing: str | None, wanted: str) -> str:
    if missing is None:
        return ""
    return f"allow {missing} in the role's policy, and see that no SCP denies it: {wanted} cannot be read without it"


def _answer(probe: Probe, asking: Asking) -> _Answer:
    try:
        probe(asking)
    except NotThere:
        # AWS looked for it: whether we may is answered first.
        return _Answer(Health.OK, "")
    except CouldNotLook as error:
        return _Answer(_health(error), str(error), _missing(error))
    return _Answer(Health.OK, "")


# ---------------------------------------------------------------- the bucket


def _bucket_checks(about: str, session: AccountSession, name: str, ledger: Ledger, now: datetime) -> Iterator[Check]:
    """Yield whether the log bucket is found, listed and read, and how old its newest file is."""
    account = session.account

    def count(action: str, region: str, outcome: CallOutcome, n: int) -> None:
        for _ in range(n):
            ledger.begin(account.id, now, action, region)(outcome)

    where = f"s3://{name}/{base(account.log_prefix)}"
    action = "s3:GetBucketLocation"
    try:
        with Bucket(session, name, count) as bucket:
            yield Check(about, action, Health.OK, f"s3://{name} is in {bucket.region}")
            action = "s3:ListBucket"
            newest = newest_log_file(bucket, account.log_prefix, account.regions, now)
            yield Check(about, action, Health.OK, f"{where} can be listed")
            yield log_age_check(about, where, None if newest is None else newest.delivered_at, now)
            yield _read_check(about, bucket, newest)
    except CouldNotLook as error:
        health = Health.FAILS if isinstance(error, NotThere) else _health(error)
        missing = _missing(error)
        todo = f"allow {missing} on the bucket{_PAYER}" if missing else "compare log_bucket with the trail's bucket"
        yield Check(about, action, health, str(error), todo, missing)


def _read_check(about: str, bucket: Bucket, newest: LogFile | None) -> Check:
    name = "s3:GetObject"
    if newest is None:
        return Check(about, name, Health.CANNOT_TELL, "there is no log file to read")
    (answer,) = bucket.read([newest.listed.key])
    if isinstance(answer, bytes):
        return Check(about, name, Health.OK, f"a file of {len(answer)} bytes was read")
    missing = _missing(answer)
    todo = f"allow {missing}{_PAYER if missing != DECRYPT else ''}" if missing else ""
    if missing == DECRYPT:
        todo += " on the bucket's key; kvswatch onboard --log-bucket-key writes the statement"
    return Check(about, name, _health(answer), str(answer), todo, missing)


# ---------------------------------------------------------------- the queue


def _queue_checks(about: str, queue: Queue) -> Iterator[Check]:
    """Yield whether the queue that announces log files is heard, and whether what was stored may be deleted from it.

    A message that is received goes back at once; it counts as received once more, where the queue counts that.
    """
    asked: dict[str, Callable[[], object]] = {
        "sqs:ReceiveMessage": lambda: queue.receive(0, hidden_s=0, most=1),
        "sqs:DeleteMessage": lambda: queue.delete([NOBODY]),
    }
    for action, ask in asked.items():
        try:
            ask()
        except CouldNotLook as error:
            health = Health.FAILS if isinstance(error, NotThere) else _health(error)
            missing = _missing(error)
            todo = f"allow {missing} on {queue.arn}; kvswatch onboard --log-queue writes the statement"
            if missing == DECRYPT:
                todo = f"allow {missing} on the key that the queue is encrypted with"
            yield Check(
                about, action, health, str(error), todo if missing else "compare log_queue with the queue", missing
            )
        else:
            yield Check(about, action, Health.OK, f"allowed on {queue.arn}")


# ---------------------------------------------------------------- the log group


def _log_group_check(about: str, session: AccountSession, group: Arn) -> Check:
    """Tell whether the log group can be read."""
    action = "logs:FilterLogEvents"
    try:
        session.call("logs", "filter_log_events", group.region, logGroupName=name_of(group), limit=1)
    except CouldNotLook as error:
        missing = _missing(error)
        todo = f"allow {missing} on {group}:*; kvswatch onboard --log-group writes the statement"
        health = Health.FAILS if isinstance(error, NotThere) else _health(error)
        return Check(
            about, action, health, str(error), todo if missing else "compare log_group with the trail", missing
        )
    return Check(about, action, Health.OK, f"allowed on {group}")


# ---------------------------------------------------------------- helpers


def _health(error: CouldNotLook) -> Health:
    """Return FAILS where trying again would end alike, else CANNOT_TELL."""
    return Health.FAILS if isinstance(error, Denied | Expired | BadCredentials) else Health.CANNOT_TELL


def _missing(error: CouldNotLook) -> str | None:
    return error.missing if isinstance(error, Denied) else None


@contextmanager
def _counted(engine: Engine) -> Iterator[Ledger]:
    """Yield a ledger whose calls are stored as they are made."""
    ledger = Ledger(write=lambda call: _count(engine, [call]))
    try:
        yield ledger
    finally:
        _count(engine, ledger.take())


def _count(engine: Engine, calls: Iterable[OwnCalls]) -> None:
    with engine.begin() as connection:
        own_calls.add_own_calls(connection, calls)
