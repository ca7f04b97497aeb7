"""A role of a Cognito identity pool's guests that may watch: public video."""

from collections.abc import Iterator

from app.core.iam.condition import outcome
from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts
from app.core.rules.holders import Actions, holders, media_reads, undecided
from app.core.rules.names import listed
from app.core.rules.policies import granting, patterns_for
from app.core.rules.rule import Fix, Reference, Rule
from app.core.rules.trusts import Trust, trusted

_COGNITO = "cognito-identity.amazonaws.com"
_KIND_OF_USER = f"{_COGNITO}:amr"
_GUEST = "unauthenticated"


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each role that takes unauthenticated Cognito identities and may read media or view a channel."""
    for principal, actions in holders(facts):
        reads = media_reads(actions)
        guest = next((trust for trust in trusted(principal) if _takes_guests(trust)), None)
        if reads and guest is not None:
            yield Violation(
                principal.arn,
                f"anybody, without signing in, may become {principal.name} and call {listed(reads)}",
                (
                    statement(guest.policy, guest.statement, (_GUEST,)),
                    *(
                        statement(policy, found, patterns_for(found, reads[0]))
                        for policy, found in granting(facts.book, principal, reads[0])
                    ),
                ),
            )
    yield from undecided(facts, sorted(MEDIA_READ))


def _takes_guests(trust: Trust) -> bool:
    """Whether the trust lets in guests: what it asks of how somebody signed in holds for them, or it does not ask."""
    if trust.kind != "Federated" or trust.value != _COGNITO:
        return False
    asked = (one for one in trust.statement.conditions if one.key == _KIND_OF_USER)
    return all(outcome(one, lambda _key: (_GUEST,)) is not False for one in asked)


def _pool_roles(facts: PostureFacts) -> Iterator[tuple[Principal, Actions]]:
    for principal, actions in holders(facts):
        if any(trust.value == _COGNITO for trust in trusted(principal)):
            yield principal, actions


RULE = Rule(
    code="KVS-DV-05",
    title="Unauthenticated guests can watch",
    practice=Practice.DEVICES,
    severity=Severity.CRITICAL,
    needs=needs.PERMISSIONS,
    why=(
        "An identity pool that takes guests gives credentials to whoever knows its ID, which stands in every copy of "
        "the app. With a media right on the guests' role, the video is public, and CloudTrail names nobody."
    ),
    fix=Fix(
        "Take the media rights from the guests' role. Let people sign in, and give each a session for one channel.",
        cli="aws iam list-role-policies --role-name <name>\naws iam list-attached-role-policies --role-name <name>",
    ),
    references=(
        Reference(
            "Amazon Cognito Developer Guide: IAM roles",
            "https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html",
        ),
    ),
    check=check,
    version=2,
    unit="roles of identity pools",
    subjects=lambda facts: sum(1 for _ in _pool_roles(facts)),
)
