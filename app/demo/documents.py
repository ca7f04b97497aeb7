"""Policy documents, put together from the few shapes that the estate needs."""

from typing import Any

Document = dict[str, Any]
VERSION = "2012-10-17"


def policy(*statements: Document) -> Document:
    """Return a policy document of these statements."""
    return {"Version": VERSION, "Statement": list(statements)}


def allow(*actions: str, on: str | list[str] = "*", when: Document | None = None, sid: str | None = None) -> Document:
    """Return an Allow statement of an identity policy."""
    return _statement("Allow", actions, on, when, sid)


def deny(*actions: str, on: str | list[str] = "*", when: Document | None = None, sid: str | None = None) -> Document:
    """Return a Deny statement of an identity policy or SCP."""
    return _statement("Deny", actions, on, when, sid)


def kvs(*actions: str, on: str | list[str] = "*", when: Document | None = None) -> Document:
    """Return an Allow statement of kinesisvideo actions, named without their prefix."""
    return allow(*(f"kinesisvideo:{action}" for action in actions), on=on, when=when)


def stream_arn(account: str, name: str = "*", region: str = "*") -> str:
    """Return the resource pattern of a stream, whatever its suffix."""
    return f"arn:aws:kinesisvideo:{region}:{account}:stream/{name}/*"


def channel_arn(account: str, name: str = "*", region: str = "*") -> str:
    """Return the resource pattern of a signaling channel, whatever its suffix."""
    return f"arn:aws:kinesisvideo:{region}:{account}:channel/{name}/*"


def trust_service(service: str, when: Document | None = None) -> Document:
    """Return the trust policy of a role that an AWS service assumes."""
    return policy(_trust({"Service": service}, "sts:AssumeRole", when))


def trust_aws(*principals: str, when: Document | None = None) -> Document:
    """Return the trust policy of a role that these ARNs (or accounts, or "*") assume."""
    named: str | list[str] = principals[0] if len(principals) == 1 else list(principals)
    return policy(_trust({"AWS": named}, "sts:AssumeRole", when))


def trust_external(principal: str, external_id: str) -> Document:
    """Return the trust policy of a role that a third party assumes with an external ID."""
    return trust_aws(principal, when={"StringEquals": {"sts:ExternalId": external_id}})


def trust_sso(account: str) -> Document:
    """Return the trust policy of an IAM Identity Center role."""
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_5f1c29d0b7e3a846_DO_NOT_DELETE"
    statement = _trust(
        {"Federated": provider},
        ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    )
    return policy(statement)


def trust_oidc(account: str, subject: str) -> Document:
    """Return the trust policy of a delivery pipeline's role."""
    provider = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
    condition = {
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": subject},
    }
    return policy(_trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", condition))


def trust_cognito(pool: str, kind: str) -> Document:
    """Return the trust policy of a Cognito identity pool's role; `kind` is authenticated or unauthenticated."""
    condition = {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": kind},
    }
    return policy(_trust({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity", condition))


def _trust(principal: Document, action: str | list[str], when: Document | None) -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return statement if when is None else {**statement, "Condition": when}


def _statement(
    effect: str, actions: tuple[str, ...], on: str | list[str], when: Document | None, sid: str | None
) -> Document:
    named: str | list[str] = actions[0] if len(actions) == 1 else list(actions)
    statement: Document = {} if sid is None else {"Sid": sid}
    statement |= {"Effect": effect, "Action": named, "Resource": on}
    return statement if when is None else {**statement, "Condition": when}
