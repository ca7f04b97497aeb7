"""A producer that may call more than producing takes."""

from collections.abc import Iterator

from app.core.kvs.actions import ACTIONS, MEDIA_READ, Group
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts, may
from app.core.rules.holders import SENDS, producers, undecided
from app.core.rules.names import counted, listed
from app.core.rules.policies import granting, patterns_for
from app.core.rules.rule import BEST_PRACTICES, HOW_IOT, Fix, Rule

STREAM_JOB = frozenset({"PutMedia", "GetDataEndpoint", "DescribeStream", "TagStream", "CreateStream"})
"""The three calls of the best-practices page, and the two that AWS's own device samples and SDKs add."""
CHANNEL_JOB = frozenset(
    {
        "ConnectAsMaster",
        "DescribeSignalingChannel",
        "GetIceServerConfig",
        "GetSignalingChannelEndpoint",
        "JoinStorageSession",
        "SendAlexaOfferToMaster",
    }
)
_CHANGES = frozenset({Group.LIFECYCLE_WRITE, Group.CONFIG_WRITE})


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each producer with further actions; media reads are another rule's. Delete and update weigh more."""
    for principal, actions in producers(facts):
        beyond = [name for name in ACTIONS if may(actions, name) and name not in STREAM_JOB | CHANNEL_JOB | MEDIA_READ]
        if beyond:
            yield _violation(facts, principal, beyond)
    yield from undecided(facts, SENDS)


def _violation(facts: PostureFacts, principal: Principal, beyond: list[str]) -> Violation:
    changing = [name for name in beyond if ACTIONS[name].group in _CHANGES]
    telling = (changing or beyond)[0]
    granted = granting(facts.book, principal, telling)
    return Violation(
        principal.arn,
        f"{principal.name} may send media and also call {listed(changing or beyond)}: "
        f"{counted(len(beyond), 'action')} beyond its job",
        tuple(statement(policy, found, patterns_for(found, telling)) for policy, found in granted),
        Severity.HIGH if changing else Severity.MEDIUM,
    )


def _count(facts: PostureFacts) -> int:
    return sum(1 for _ in producers(facts))


RULE = Rule(
    code="KVS-LP-02",
    title="Producer has actions beyond its job",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.MEDIUM,
    needs=needs.PERMISSIONS,
    why=(
        "A camera hangs where people can reach it. Whoever takes its credentials should be able to send video as that "
        "camera, and nothing else. AWS names three calls that a producer needs: PutMedia, GetDataEndpoint and "
        "DescribeStream (the page says GetStreamingEndpoint, which does not exist)."
    ),
    fix=Fix(
        "Cut the policy down to the calls of a producer, on the stream of the camera.",
        policy="""\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "kinesisvideo:PutMedia",
        "kinesisvideo:GetDataEndpoint",
        "kinesisvideo:DescribeStream"
      ],
      "Resource": "arn:<partition>:kinesisvideo:*:<account>:stream/STREAM-NAME/*"
    }
  ]
}""",
    ),
    references=(BEST_PRACTICES, HOW_IOT),
    check=check,
    unit="producers",
    subjects=_count,
)
