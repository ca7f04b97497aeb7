"""Check the settings: what each is, and whether it can be meant so."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from app.aws.regions import known_regions
from app.config import PREFIX, Settings
from app.core import accounts_file
from app.core.accounts_file import Defaults
from app.core.arn import account_id, parsed
from app.core.errors import InvalidInput
from app.core.health import Check, Health
from app.core.onboarding.roles import ROLE_NAMES

_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
"""STS API Reference, AssumeRole: ExternalId."""
_Verdict = tuple[Health, str, str]
"""Health, message and what to do."""


def check_settings(settings: Settings, unknown: tuple[str, ...]) -> Iterator[Check]:
    """Yield one check a setting, then one for each variable that only looks like a setting. Secrets are not shown."""
    for field in Settings.model_fields:
        value = getattr(settings, field)
        judge = _JUDGES.get(field)
        verdict = _plain(settings, field) if value is None or judge is None else judge(value)
        yield Check("setting", PREFIX + field.upper(), *verdict)
    for name in unknown:
        yield Check("setting", name, Health.FAILS, "is no setting of kvswatch", _meant(name))


def _plain(settings: Settings, field: str) -> _Verdict:
    origin = "" if field in settings.model_fields_set else " (default)"
    return Health.OK, f"{_shown(getattr(settings, field))}{origin}", ""


def _shown(value: object) -> str:
    match value:
        case None:
            return "not set"
        case SecretStr():
            return "set, not shown"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _accounts_file(path: Path) -> _Verdict:
    try:
        found = accounts_file.parse(path.read_text(), Defaults(ROLE_NAMES, None, ()))
    except (OSError, UnicodeDecodeError) as error:
        return Health.FAILS, f"{path}: cannot be read: {error}", "docs/accounts.md shows such a file"
    except InvalidInput as error:
        return Health.FAILS, f"{path}: {error}", "docs/accounts.md shows such a file"
    return Health.OK, f"{path}: lists {len(found)} accounts", ""


def _role_arn(arn: str) -> _Verdict:
    role = parsed(arn)
    if role is None or account_id(arn) is None or role.service != "iam" or not role.resource.startswith("role/"):
        return Health.FAILS, f"{arn} is not the ARN of a role", "write it as arn:aws:iam::111122223333:role/name"
    return Health.OK, arn, ""


def _external_id(secret: SecretStr) -> _Verdict:
    if _EXTERNAL_ID.fullmatch(secret.get_secret_value()):
        return Health.OK, "set, not shown", ""
    return Health.FAILS, "AWS would not take it", "2 to 1,224 letters, digits and any of + = , . @ : / - _"


def _regions(regions: tuple[str, ...]) -> _Verdict:
    if not regions:
        return Health.FAILS, "names none, so no stream is read", "name those that hold streams, separated by commas"
    strange = [region for region in regions if region not in known_regions()]
    if strange:
        message = f"{', '.join(strange)}: not known to have Kinesis Video Streams"
        return Health.CANNOT_TELL, message, "check the spelling; a Region newer than this release is read all the same"
    return Health.OK, ", ".join(regions), ""


def _endpoint(url: str) -> _Verdict:
    return Health.OK, f"every AWS call goes to {url}, not to AWS", ""


_JUDGES: Mapping[str, Callable[..., _Verdict]] = {
    "accounts_file": _accounts_file,
    "role_arn": _role_arn,
    "external_id": _external_id,
    "regions": _regions,
    "aws_endpoint_url": _endpoint,
}


def _meant(name: str) -> str:
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else "docs/settings.md lists them all"
