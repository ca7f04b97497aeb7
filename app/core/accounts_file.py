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
log_prefix = ""
log_queue = "arn:aws:sqs:eu-central-1:111122223333:example-trail-logs"   # announces new files of log_bucket
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core import arn
from app.core.digits import account_number
from app.core.errors import InvalidInput
from app.core.model.account import Account, AccountKind
from app.core.onboarding.inputs import queue_arn

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
        "log_prefix",
        "log_queue",
    )
)


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
        for name in sorted((_FIELDS - {"id", "kind", "regions"}) & set(entry))
        if not isinstance(entry[name], str)
    ]
    regions = entry.get("regions", ["-"])
    if (
        not isinstance(regions, list)
        or not regions
        or not all(isinstance(region, str) and region for region in regions)
    ):
        faults.append(f'regions = {regions!r}: write a list such as ["eu-central-1", "us-east-1"]')
    faults += [*_role_faults(entry, found), *_queue_faults(entry)]
    return [f"accounts file: account {number} ({found or 'without an id'}): {fault}" for fault in faults]


def _role_faults(entry: Mapping[str, Any], account: object) -> list[str]:
    given = entry.get("role_arn")
    if given is None or not isinstance(given, str):
        return []
    parsed = arn.parsed(given)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("role/"):
        return [f"role_arn = {given!r}: write it as arn:aws:iam::111122223333:role/name"]
    return [] if parsed.account == account else [f"role_arn = {given!r} is a role of another account"]


def _queue_faults(entry: Mapping[str, Any]) -> list[str]:
    given = entry.get("log_queue")
    if not isinstance(given, str):
        return []
    try:
        queue_arn(given)
    except InvalidInput as error:
        return [f"log_queue = {error}"]
    return [] if entry.get("log_bucket") else ["log_queue: also name the log_bucket whose files it announces"]


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
        log_prefix=entry.get("log_prefix", ""),
        log_queue=entry.get("log_queue"),
    )
