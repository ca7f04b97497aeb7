"""What nobody tidied up: policies that do less than they seem to, each in a way of its own."""

from app.demo.documents import allow, deny, kvs, policy, stream_arn, trust_service
from app.demo.nouns import Role


def gate_migration(account: str) -> Role:
    """Return the role of a migration that is over; nothing of its policies does what somebody once meant."""
    gone = f"arn:aws:kinesisvideo:eu-central-1:{account}:stream/gate-01/1546300800000"
    gates = stream_arn(account, "gate-*")
    return Role(
        "GateMigration",
        trust_service("lambda.amazonaws.com"),
        inline={
            "deleted-stream": policy(kvs("GetMedia", "GetClip", on=gone)),
            "until-2025": policy(
                kvs("GetMedia", on=gates, when={"DateLessThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}})
            ),
            "old-organization": policy(
                kvs("GetImages", on=gates, when={"StringEquals": {"aws:PrincipalOrgID": "o-0ldh4ld3n1"}})
            ),
            "withdrawn": policy(
                allow("kinesisvideo:PutMedia", on=gates, sid="Write"), deny("kinesisvideo:PutMedia", sid="Withdrawn")
            ),
            "twice": policy(kvs("DescribeStream"), kvs("DescribeStream", on=gates)),
        },
        last_used_days=None,
    )
