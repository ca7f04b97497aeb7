"""Take the role alias away, so that no device gets credentials of the role."""

from datetime import datetime

from app.core.lineage.device import PROVIDER
from app.core.rules.fix import YOURS, FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Measure, Target, by_session
from app.core.stopping.paste import word

_YOURS = (("ROLE-ALIAS", YOURS["ROLE-ALIAS"]),)


def _bar(target: Target) -> str | None:
    return None if target.is_device and target.kind == "role" else ""


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    region = _region(target)
    # Which alias leads to the role is not in CloudTrail's records.
    one = f'aws iot describe-role-alias --role-alias "$alias"{region}'
    look = (
        f"for alias in $(aws iot list-role-aliases --query 'roleAliases[]' --output text{region}); do\n"
        f"  {one} --query roleAliasDescription.roleArn --output text |\n"
        # All of the line: the ARN of a role may begin with that of another.
        f"    grep -qxF {word(target.principal)} && {one} --output text \\\n"
        "    --query 'roleAliasDescription.[roleAlias,roleArn,credentialDurationSeconds]'\n"
        "done"
    )
    return (FixText("AWS CLI", f"{look}\naws iot delete-role-alias --role-alias ROLE-ALIAS{region}", _yours(target)),)


def _undo(target: Target) -> FixText:
    made = f"aws iot create-role-alias --role-alias ROLE-ALIAS --role-arn {word(target.principal)}{_region(target)}"
    yours = (*_yours(target), ("SECONDS", "as it was"))
    return FixText("Undo", f"{made} \\\n  --credential-duration-seconds SECONDS", yours)


def _region(target: Target) -> str:
    # Without one the CLI asks the Region of whoever pastes, and finds no alias there.
    return f" --region {word(target.region or 'ROLE-REGION')}"


def _yours(target: Target) -> tuple[tuple[str, str], ...]:
    return _YOURS if target.region else (*_YOURS, ("ROLE-REGION", YOURS["ROLE-REGION"]))


MEASURE = Measure(
    title="Delete the role alias",
    place=60,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="The next credentials of every device that uses the alias: the whole fleet.",
    leaves="Credentials that were issued before live on, up to 12 hours. Whoever else takes sessions of the role goes "
    "on, and is counted: a call does not tell who issued its session. kvswatch does not read AWS IoT: which aliases "
    "lead to the role is asked first.",
    hits=by_session,
    keeps_out=lambda _target, entrant: entrant.principal == PROVIDER,
    reference=Reference(
        "AWS IoT Developer Guide: Authorizing direct calls to AWS services",
        "https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html",
    ),
)
