"""`kvswatch onboard`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app import clock, config
from app.cli._account import account_option
from app.cli._command import Command
from app.cli._database import app_engine
from app.core import accounts_file
from app.core.arn import account_id, account_text, parse
from app.core.errors import InvalidInput
from app.core.model.account import Account, AccountKind
from app.core.onboarding.inputs import bucket_name, identity_arn, key_arn, log_group_arn, queue_arn
from app.core.onboarding.roles import Role, cloudformation, roles, terraform
from app.services.onboard_account import onboard as watch
from app.services.permissions import permissions_by_kind
from app.services.watch_accounts import ACTOR, cadence, defaults, this_install
from app.worker.handlers import wanted_of

NEXT = """\
Wrote {folder}. Next:
  1. Create the roles: the member role in every account (a StackSet in exactly one Region; IAM is global), the
     management role in the management account, the log-archive role where CloudTrail's bucket is.
     CloudFormation asks for CAPABILITY_NAMED_IAM.
  2. Set KVSWATCH_ROLE_ARN to the management role, or list the accounts in accounts.toml.
  3. kvswatch run, and kvswatch doctor."""
NEXT_MEMBER = """\
Wrote {folder}. Next:
  1. Create the member role in each account that is to be watched. CloudFormation asks for CAPABILITY_NAMED_IAM.
  2. List the accounts in accounts.toml; with --organization there would also be the roles of the management and the
     log-archive account, by which accounts and log files are found.
  3. kvswatch run, and kvswatch doctor."""


Organization = Annotated[bool, typer.Option(help="Also the roles of the management and log-archive accounts.")]
Trusted = Annotated[
    str | None, typer.Option(help="ARN of the role or user that kvswatch runs as; the roles trust nobody else.")
]
Bucket = Annotated[
    list[str] | None,
    typer.Option(help="Bucket of the CloudTrail log files, for the log-archive role; once for each bucket."),
]
LogBucketKey = Annotated[
    list[str] | None,
    typer.Option(help="ARN of the KMS key that encrypts these log files, if one does; once for each key."),
]
LogQueue = Annotated[
    str | None, typer.Option(help="ARN of the SQS queue that announces these log files, if there is one.")
]
LogQueueKey = Annotated[
    str | None, typer.Option(help="ARN of the KMS key that encrypts the messages of this queue, if one does.")
]
LogGroup = Annotated[
    str | None,
    typer.Option(help="ARN of the log group that a trail delivers to, where its bucket cannot be read."),
]
MemberBucket = Annotated[str | None, typer.Option(help="Bucket of the members' own trails, if they have one.")]
Output = Annotated[Path, typer.Option(help="Folder to write into.")]
Number = Annotated[str | None, typer.Option(help="Instead: watch this account (12 digits) from now on.")]
RoleArn = Annotated[str | None, typer.Option(help="With --account: its role, if it is not kvswatch-member.")]


def onboard(
    *,
    organization: Organization = False,
    trusted_principal: Trusted = None,
    bucket: Bucket = None,
    log_bucket_key: LogBucketKey = None,
    log_queue: LogQueue = None,
    log_queue_key: LogQueueKey = None,
    log_group: LogGroup = None,
    member_bucket: MemberBucket = None,
    output: Output = Path("kvswatch-roles"),
    account: Number = None,
    role_arn: RoleArn = None,
) -> None:
    """Write the roles to create, as CloudFormation and Terraform; or watch one account whose role is there."""
    settings = config.load()
    with app_engine(settings) as engine, engine.begin() as connection:
        wanted = wanted_of(settings)
        given = defaults(wanted, this_install(connection, clock.now()))
        if account is not None:
            one = _account(account, role_arn, given.regions, given.external_id, given.role_names[AccountKind.MEMBER])
            watch(connection, one, "added", cadence=cadence(wanted), actor=ACTOR, now=clock.now())
            print(f"watching {account} by {one.role_arn}")
            return
    if trusted_principal is None:
        raise InvalidInput("--trusted-principal: write the ARN of the role or user that kvswatch runs as")
    if organization and not bucket:
        raise InvalidInput("--organization: also name the --bucket of the organization's CloudTrail log files")
    if log_bucket_key and not organization:
        raise InvalidInput("--log-bucket-key: it is for the log-archive role, which --organization writes")
    if log_queue and not organization:
        raise InvalidInput("--log-queue: it is for the log-archive role, which --organization writes")
    if log_queue_key and not log_queue:
        raise InvalidInput("--log-queue-key: also name the --log-queue whose messages it encrypts")
    keys = [key_arn(text) for text in log_bucket_key or ()]
    queue = None if log_queue is None else queue_arn(log_queue)
    queue_key = None if log_queue_key is None else key_arn(log_queue_key)
    buckets = {AccountKind.LOG_ARCHIVE: bucket or [], AccountKind.MEMBER: [member_bucket] if member_bucket else []}
    named = {kind: [bucket_name(name) for name in names] for kind, names in buckets.items()}
    group = None if log_group is None else log_group_arn(log_group)
    trusted = identity_arn(trusted_principal)
    made = roles(permissions_by_kind(), trusted, given.external_id or "", named, keys, queue, group, queue_key)
    _write(output, made if organization else [role for role in made if role.kind is AccountKind.MEMBER])
    sys.stderr.write((NEXT if organization else NEXT_MEMBER).format(folder=output) + "\n")


def _account(number: str, arn: str | None, regions: tuple[str, ...], external_id: str | None, name: str) -> Account:
    account = account_option(number)
    if arn is not None and account_id(arn) != account:
        raise InvalidInput(f"--role-arn {arn}: it must be a role of account {number}")
    return Account(
        id=account,
        name=account_text(account),
        kind=AccountKind.MEMBER,
        role_arn=arn or accounts_file.role_arn("aws", account, name),
        external_id=external_id,
        regions=regions,
        partition="aws" if arn is None else parse(arn).partition,
    )


def _write(folder: Path, made: list[Role] | tuple[Role, ...]) -> None:
    for role in made:
        module = folder / "terraform" / role.name
        module.mkdir(parents=True, exist_ok=True)
        (module / "main.tf").write_text(terraform(role))
        (folder / f"{role.name}.template.json").write_text(cloudformation(role))
        print(folder / f"{role.name}.template.json")
        print(module / "main.tf")


COMMAND = Command("Write the roles to create in AWS; or watch one more account.", onboard)
