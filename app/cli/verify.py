"""`kvswatch verify`."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from app import config
from app.cli._command import Command
from app.cli._database import app_engine
from app.cli._text import printable
from app.cli.poll import watched_account
from app.cli.worker import aws_settings
from app.core.errors import InvalidInput
from app.core.trailfile.digest.breaks import Break
from app.core.trailfile.digest.signing import PublicKey, public_keys
from app.services.verify_digests import Report, Stretch, Tell, Unread, Verified, verify_bucket, verify_paths

_S3 = "s3://"
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"]


def verify(
    targets: Annotated[list[str], typer.Argument(help="Folders that hold AWSLogs/…, or s3://bucket/prefix.")],
    *,
    account: Annotated[str | None, typer.Option(help="Whose role reads the bucket: the account's 12 digits.")] = None,
    keys: Annotated[
        list[Path] | None, typer.Option(help="For files on disk: answer of aws cloudtrail list-public-keys, as JSON.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Nothing of before, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Nothing of after, in UTC.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print breaks as JSON, one object a line.")] = False,
) -> None:
    """Check CloudTrail's log files against their chain of signed digests; exit 1 on any break, naming each.

    The last line of stdout says what was checked, as JSON.
    """
    stretch = Stretch(_utc(since), _utc(until))
    tell = _tell(as_json=as_json)
    paths = [Path(target) for target in targets if not target.startswith(_S3)]
    buckets = [_bucket(target) for target in targets if target.startswith(_S3)]
    if buckets and account is None:
        raise InvalidInput("--account is missing: whose role may read the bucket?")
    if buckets and keys:
        raise InvalidInput("--keys is for files on disk: for a bucket the keys are asked of CloudTrail")
    found = Verified()
    with _progress() as report:
        if paths:
            limit = config.load().max_file_mb << 20
            found = verify_paths(paths, keys=_keys(keys), stretch=stretch, tell=tell, report=report, limit=limit)
        if buckets and account is not None:
            found = _sum([found, *_verify_buckets(buckets, account, stretch, tell, report)])
    _say_what_is_open(found, is_keyless=bool(paths) and not keys)
    print(json.dumps(asdict(found)))
    if found.breaks or found.unread:
        raise typer.Exit(1)


def _verify_buckets(
    buckets: Sequence[tuple[str, str]], account: str, stretch: Stretch, tell: Tell, report: Report
) -> Iterator[Verified]:
    settings = config.load()
    with app_engine(settings) as engine:
        yield from _verify_with(engine, settings, buckets, account, stretch, tell, report)


def _verify_with(
    engine: Engine,
    settings: config.Settings,
    buckets: Sequence[tuple[str, str]],
    account: str,
    stretch: Stretch,
    tell: Tell,
    report: Report,
) -> Iterator[Verified]:
    watched = watched_account(engine, account)
    aws = aws_settings(engine, settings)
    for bucket, prefix in buckets:
        yield verify_bucket(engine, watched, bucket, prefix, aws=aws, stretch=stretch, tell=tell, report=report)


def _tell(*, as_json: bool) -> Tell:
    """Return what prints each finding on a line of its own, as soon as it is made."""

    def tell(found: Break | Unread) -> None:
        kind = found.kind.value if isinstance(found, Break) else "could not read"
        what = found.what if isinstance(found, Break) else found.why
        if as_json:
            print(json.dumps({"kind": kind, "where": found.where, "what": what}))
        else:
            print(f"{kind}: {printable(found.where)}: {printable(what)}")

    return tell


def _say_what_is_open(found: Verified, *, is_keyless: bool) -> None:
    """Say on stderr what "no break" does not prove."""
    if found.unsigned:
        why = "no public keys were given (--keys)" if is_keyless else "their signatures are not on hand"
        sys.stderr.write(
            f"{found.unsigned} of {found.digests} digests are unsigned here: {why}. "
            "The chain of hashes alone does not prove who wrote them, nor the newest digest of a chain at all.\n"
        )
    if found.uncovered:
        sys.stderr.write(f"{found.uncovered} log files are older than the first digest: nothing proves them.\n")
    if found.outstanding:
        sys.stderr.write(f"{found.outstanding} log files are so new that their digest is still to come.\n")


def _keys(files: Sequence[Path] | None) -> tuple[PublicKey, ...] | None:
    """Return the public keys of all files; a Region has keys of its own, so there may be several."""
    if not files:
        return None
    found: list[PublicKey] = []
    for file in files:
        try:
            found += public_keys(file.read_bytes())
        except OSError as error:
            raise InvalidInput(f"{file}: cannot read it: {error.strerror}") from error
        except InvalidInput as error:
            raise InvalidInput(f"{file}: {error}") from error
    return tuple(found)


def _bucket(target: str) -> tuple[str, str]:
    """Return bucket and prefix of `s3://bucket/prefix`; a prefix is a folder."""
    bucket, _, prefix = target.removeprefix(_S3).partition("/")
    if not bucket:
        raise InvalidInput(f"{target}: write s3://bucket/prefix")
    prefix = prefix.strip("/")
    return bucket, f"{prefix}/" if prefix else ""


def _sum(parts: Sequence[Verified]) -> Verified:
    total = parts[0]
    for part in parts[1:]:
        numbers = {
            name: getattr(total, name) + value for name, value in asdict(part).items() if isinstance(value, int | float)
        }
        times = [each for each in (total.first, part.first) if each], [each for each in (total.last, part.last) if each]
        total = replace(total, **numbers, first=min(times[0], default=None), last=max(times[1], default=None))
    return total


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


@contextmanager
def _progress() -> Iterator[Callable[[Verified, float, str], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("listing", total=1.0)

        def show(done: Verified, share: float, where: str) -> None:
            counts = f"{done.digests:,} digests, {done.log_files:,} log files, {done.breaks:,} breaks"
            bar.update(task, completed=share, description=f"{counts}  {escape(where[-50:])}")

        yield show


COMMAND = Command("Check CloudTrail files against their signed digests.", verify)
