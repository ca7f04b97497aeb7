"""accounts.toml: the accounts to watch, listed by hand.

[[account]]
id = "111122223333"                      # 12 digits, as text: a number would lose a leading zero
name = "cameras"                         # default: the id
kind = "member"                          # member, management or log_archive; default: member
role_name = "kvswatch-member"            # default: the setting; or role_arn = "arn:aws:iam::…:role/…"
external_id = "…"                        # default: the setting
regions = ["eu-central-1"]               # default: the setting
partition = "aws"                        # aws, aws-cn, aws-us-gov; default: aws
log_bucket = "example-trail-logs"        # where CloudTrail's files of this account or organization lie
more_log_buckets = ["example-old-logs"]  # further buckets of it in this account, reached like the first
log_prefix = ""
log_queue = "arn:aws:sqs:eu-central-1:111122223333:example-trail-logs"   # announces new files of log_bucket
log_group = "arn:aws:logs:eu-central-1:111122223333:log-group:trail"   # instead of log_bucket: where a trail delivers
log_requester_pays = true                # our account pays for what is read of log_bucket; default: false
log_endpoint = "https://s3.example.org"  # the S3 that log_bucket is in; default: AWS's public one of its Region
log_profile = "mirror"                   # profile of ~/.aws with the credentials for it; default: the role's
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core import arn
from app.core.digits import account_number
from app.core.errors import InvalidInput
from app.core.model.account import Account, AccountKind
from app.core.onboarding.inputs import log_group_arn, queue_arn

_FIELDS = frozenset(
    (
        "id",
        "name",
        "kind",
        "role_arn",
        "role_name",
        "external_id",
        "regions",
        "partition",
        "log_bucket",
        "more_log_buckets",
        "log_prefix",
        "log_queue",
        "log_group",
        "log_endpoint",
        "log_profile",
        "log_requester_pays",
    )
)
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an account has when nothing else is said of it. `role_names` are those of each kind of account."""

    role_names: Mapping[AccountKind, str]
    external_id: str | None
    regions: tuple[str, ...]
    partition: str = "aws"


def parse(text: str, defaults: Defaults) -> tuple[Account, ...]:
    """Return the accounts of an accounts.toml, in its order.

    Raises:
        InvalidInput: one line for each thing at fault: which entry, which field, what it holds, what is allowed.
    """
    try:
        entries = tomllib.loads(text).get("account", [])
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"accounts file: not TOML: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInput("accounts file: write each account as a table headed [[account]]")
    faults = [fault for number, entry in enumerate(entries, 1) for fault in _faults(number, entry)]
    ids = [entry.get("id") for entry in entries]
    faults += [
        f"accounts file: id {twice!r} stands more than once" for twice in sorted({i for i in ids if ids.count(i) > 1})
    ]
    if faults:
        raise InvalidInput("\n".join(faults))
    return tuple(_account(entry, defaults) for entry in entries)


def role_arn(partition: str, account_id: int, role_name: str) -> str:
    """Return the ARN of a role by its name; the name may have a path: "security/kvswatch-member"."""
    return f"arn:{partition}:iam::{arn.account_text(account_id)}:role/{role_name}"


def _faults(number: int, entry: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each field at fault."""
    faults = [f"{name!r} is no field: there are {', '.join(sorted(_FIELDS))}" for name in sorted(set(entry) - _FIELDS)]
    found = entry.get("id")
    if not isinstance(found, str) or account_number(found) is None:
        faults.append(f"id = {found!r}: write the 12 digits of the account in quotes")
    kinds = [kind.value for kind in AccountKind]
    if entry.get("kind", "member") not in kinds:
        faults.append(f"kind = {entry['kind']!r}: allowed are {', '.join(kinds)}")
    faults += [
        f"{name} = {entry[name]!r}: write a text in quotes"
        for name in sorted((_FIELDS - {"id", "kind", "regions", "more_log_buckets", "log_requester_pays"}) & set(entry))
        if not isinstance(entry[name], str)
    ]
    regions = entry.get("regions", ["-"])
    if (
        not isinstance(regions, list)
        or not regions
        or not all(isinstance(region, str) and region for region in regions)
    ):
        faults.append(f'regions = {regions!r}: write a list such as ["eu-central-1", "us-east-1"]')
    faults += [*_role_faults(entry, found), *_log_faults(entry), *_group_faults(entry)]
    return [f"accounts file: account {number} ({found or 'without an id'}): {fault}" for fault in faults]


def _role_faults(entry: Mapping[str, Any], account: object) -> list[str]:
    given = entry.get("role_arn")
    if given is None or not isinstance(given, str):
        return []
    parsed = arn.parsed(given)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("role/"):
        return [f"role_arn = {given!r}: write it as arn:aws:iam::111122223333:role/name"]
    return [] if parsed.account == account else [f"role_arn = {given!r} is a role of another account"]


def _log_faults(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with how the log bucket is reached."""
    queue, endpoint, pays = entry.get("log_queue"), entry.get("log_endpoint"), entry.get("log_requester_pays", False)
    if isinstance(queue, str):
        try:
            queue_arn(queue)
        except InvalidInput as error:
            yield f"log_queue = {error}"
    if isinstance(endpoint, str) and not _URL.fullmatch(endpoint):
        yield f"log_endpoint = {endpoint!r}: write it as https://host or https://host:port, without a path"
    if "log_profile" in entry and "log_endpoint" not in entry:
        yield "log_profile: also name the log_endpoint that takes its credentials"
    if not isinstance(pays, bool):
        yield f"log_requester_pays = {pays!r}: write true or false, without quotes"
    more = entry.get("more_log_buckets", [])
    if not isinstance(more, list) or not all(isinstance(name, str) and name for name in more):
        yield f'more_log_buckets = {more!r}: write a list such as ["example-old-logs", "example-new-logs"]'
    if not entry.get("log_bucket"):
        of_bucket = ("more_log_buckets", "log_queue", "log_endpoint", "log_profile", "log_requester_pays")
        yield from (f"{name}: also name the log_bucket that it is about" for name in of_bucket if name in entry)


def _group_faults(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a log group: its trail's bucket holds all of it, and would be read a second time."""
    group = entry.get("log_group")
    if not isinstance(group, str):
        return
    try:
        if log_group_arn(group).account != entry.get("id"):
            yield f"log_group = {group!r} is a log group of another account"
    except InvalidInput as error:
        yield f"log_group = {error}"
    if entry.get("log_bucket"):
        yield "log_group: a trail's bucket has all that its log group has, and more; name one of them"


def _account(entry: Mapping[str, Any], defaults: Defaults) -> Account:
    number = int(entry["id"])
    kind = AccountKind(entry.get("kind", "member"))
    partition = entry.get("partition", defaults.partition)
    name = entry.get("role_name", defaults.role_names[kind])
    return Account(
        id=number,
        name=entry.get("name", entry["id"]),
        kind=kind,
        role_arn=entry.get("role_arn") or role_arn(partition, number, name),
        external_id=entry.get("external_id", defaults.external_id),
        regions=tuple(dict.fromkeys(entry.get("regions", defaults.regions))),
        partition=partition,
        log_bucket=entry.get("log_bucket"),
        more_log_buckets=tuple(dict.fromkeys(n for n in entry.get("more_log_buckets", ()) if n != entry["log_bucket"])),
        log_prefix=entry.get("log_prefix", ""),
        log_queue=entry.get("log_queue"),
        log_group=None if "log_group" not in entry else str(log_group_arn(entry["log_group"])),
        log_endpoint=entry.get("log_endpoint"),
        log_profile=entry.get("log_profile"),
        log_requester_pays=entry.get("log_requester_pays", False),
    )
