"""A snapshot → the layers of policies that bind each principal, and what is known of its requests.

Sources: IAM User Guide, "Policy evaluation logic" and "Permissions boundaries for IAM entities";
Organizations User Guide, "Service control policies" and "Resource control policies".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core import arn
from app.core.errors import MalformedPolicy
from app.core.iam import trust
from app.core.iam.context import PER_DEVICE_PREFIX
from app.core.iam.evaluate import Attached, Layer, LayerKind
from app.core.iam.parse import Policy, parse
from app.core.iam.variables import UNKNOWN, Lookup, Values
from app.core.model.account import AccountKind
from app.core.model.grant import Outcome
from app.core.model.organization import Organization, TargetPolicies
from app.core.model.policy import PolicyDocument
from app.core.model.principal import Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from app.core.model.stream import Stream

_SCP = "SERVICE_CONTROL_POLICY"
_RCP = "RESOURCE_CONTROL_POLICY"
_ORGANIZATION = "organization"
_ORGANIZATIONS, _UNREAD = "AWS Organizations", "could not be read"
_SERVICE_LINKED = "/aws-service-role/"
_RESOURCE_TAG = "aws:resourcetag/"
_PRINCIPAL_TAG = "aws:principaltag/"
_REGION = "aws:requestedregion"
_TYPES = {PrincipalKind.ROLE: "AssumedRole", PrincipalKind.USER: "User", PrincipalKind.ROOT: "Account"}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A policy that could not be used. `principal` is None when it binds the whole account."""

    policy: str
    message: str
    principal: str | None = None


class Binding:
    """All policies of one account's snapshot, each document parsed once."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Index the snapshot; nothing is parsed before a principal is asked for."""
        self.snapshot = snapshot
        self.problems: set[Problem] = set()
        iam = snapshot.iam
        principals = iam.principals if iam else ()
        self._managed = {one.arn: one for one in (iam.policies if iam else ()) if one.arn}
        self._groups = {one.name: one for one in principals if one.kind is PrincipalKind.GROUP}
        self._parsed: dict[str, Policy] = {}
        self._controls: tuple[Layer, ...] | None = None
        self.streams = {one.arn: one for one in snapshot.streams}

    @property
    def callers(self) -> tuple[Principal, ...]:
        """The principals that can make calls: groups cannot."""
        iam = self.snapshot.iam
        return tuple(one for one in iam.principals if one.kind is not PrincipalKind.GROUP) if iam else ()

    def layers(self, principal: Principal) -> tuple[Layer, ...]:
        """Return the layers that bind a principal, in AWS's order of evaluation."""
        layers = [*self.controls(principal), self._identity(principal)]
        if principal.boundary is not None:
            layers.append(self._boundary(principal, principal.boundary))
        return tuple(layers)

    def controls(self, principal: Principal) -> tuple[Layer, ...]:
        """Return the RCPs and SCPs that bind a principal: the same for all but service-linked roles."""
        return () if is_service_linked(principal) else self.account_controls()

    def account_controls(self) -> tuple[Layer, ...]:
        """Return the RCPs and SCPs that hold in the account."""
        if self._controls is None:
            self._controls = self._control_layers()
        return self._controls

    def resource_controls(self) -> tuple[Layer, ...]:
        """Return the RCPs that hold for the account's own resources, its roles among them."""
        layers = self.account_controls()
        # Where the organization was not read, its RCPs were not either.
        return tuple(
            replace(one, kind=LayerKind.RCP, is_given=True)
            for one in layers
            if one.kind is LayerKind.RCP or one.name == _ORGANIZATION
        )

    def _identity(self, principal: Principal) -> Layer:
        missing: list[str] = []
        attached = [
            *self._attached(principal.inline, "inline", principal.arn, missing),
            *self._managed_ones(principal.attached, "attached", principal.arn, missing),
        ]
        for name in principal.groups:
            group = self._groups.get(name)
            if group is None:
                missing.append(self._problem(f"group {name}", "its policies were not read", principal.arn))
                continue
            attached += self._attached(group.inline, f"group {name}, inline", principal.arn, missing)
            attached += self._managed_ones(group.attached, f"group {name}", principal.arn, missing)
        return Layer(
            LayerKind.IDENTITY,
            principal.arn,
            tuple(attached),
            is_given=principal.kind is PrincipalKind.ROOT,
            unread="; ".join(missing) or None,
        )

    def _boundary(self, principal: Principal, boundary: str) -> Layer:
        missing: list[str] = []
        attached = self._managed_ones((boundary,), "permissions boundary", principal.arn, missing)
        return Layer(LayerKind.BOUNDARY, boundary, tuple(attached), unread="; ".join(missing) or None)

    def _managed_ones(self, arns: Iterable[str], via: str, principal: str, missing: list[str]) -> list[Attached]:
        documents = []
        for policy in arns:
            document = self._managed.get(policy)
            if document is None:
                missing.append(self._problem(policy, "its document was not read", principal))
            else:
                documents.append(document)
        return self._attached(documents, via, principal, missing)

    def _attached(
        self, documents: Iterable[PolicyDocument], via: str, principal: str | None, missing: list[str]
    ) -> list[Attached]:
        found = []
        for document in documents:
            try:
                found.append(Attached(self._policy(document), via))
            except MalformedPolicy as error:
                missing.append(self._problem(document.arn or document.name, str(error), principal))
        return found

    def _policy(self, document: PolicyDocument) -> Policy:
        """Return the parsed policy; equal documents share their statements, which the matrix compiles once."""
        known = self._parsed.get(document.document)
        if known is None:
            known = self._parsed[document.document] = parse(document)
        return known if known.source == document else Policy(document, known.version, known.statements)

    def _problem(self, policy: str, message: str, principal: str | None) -> str:
        self.problems.add(Problem(policy, message, principal))
        return f"{policy}: {message}"

    def _control_layers(self) -> tuple[Layer, ...]:
        """Return the RCP layer and one SCP layer a level, root first."""
        account, organization = self.snapshot.account, self.snapshot.organization
        if organization is None:
            # Nobody could look: neither SCPs nor RCPs are known. The management account has none that bind.
            if account.kind is AccountKind.MANAGEMENT:
                return ()
            self._problem(_ORGANIZATIONS, _UNREAD, None)
            return (Layer(LayerKind.SCP, _ORGANIZATION, (), unread=f"{_ORGANIZATIONS} {_UNREAD}"),)
        if organization.management_account == account.id:
            return ()
        path = next((one.path for one in organization.accounts if one.id == account.id), None)
        if path is None:
            message = f"is not in organization {organization.id}"
            unread = f"account {arn.account_text(account.id)} {message}"
            self._problem(f"account {arn.account_text(account.id)}", message, None)
            return (Layer(LayerKind.SCP, _ORGANIZATION, (), unread=unread),)
        return (*self._rcps(organization, path), *self._scps(organization, path))

    def _scps(self, organization: Organization, path: tuple[str, ...]) -> Iterable[Layer]:
        targets = {one.target: one for one in organization.targets}
        if _SCP not in organization.policy_types and not any(one.scps for one in organization.targets):
            return
        for target in path:
            missing: list[str] = []
            name = _target_name(organization, target)
            attached: list[Attached] = []
            if target in targets:
                attached = self._attached(targets[target].scps, f"SCP on {name}", None, missing)
            else:
                missing.append(self._problem(f"SCPs of {name}", "were not read", None))
            yield Layer(LayerKind.SCP, name, tuple(attached), unread="; ".join(missing) or None)

    def _rcps(self, organization: Organization, path: tuple[str, ...]) -> Iterable[Layer]:
        """Yield the RCPs as one layer that allows by itself: RCPFullAWSAccess cannot be detached, so they only deny."""
        targets: dict[str, TargetPolicies] = {one.target: one for one in organization.targets}
        if _RCP not in organization.policy_types and not any(one.rcps for one in organization.targets):
            return
        missing: list[str] = []
        attached: list[Attached] = []
        for target in path:
            name = _target_name(organization, target)
            if target in targets:
                attached += self._attached(targets[target].rcps, f"RCP on {name}", None, missing)
            else:
                missing.append(self._problem(f"RCPs of {name}", "were not read", None))
        yield Layer(
            LayerKind.RCP,
            "resource control policies",
            tuple(attached),
            is_given=True,
            unread="; ".join(missing) or None,
        )


def is_service_linked(principal: Principal) -> bool:
    """Whether a principal is a service-linked role, which neither SCPs nor RCPs bind."""
    return principal.path.startswith(_SERVICE_LINKED)


def principal_lookup(snapshot: Snapshot, principal: Principal) -> Lookup:
    """Return what is known of every request that `principal` makes to this account's streams.

    Tags that a session may bring along, its network, its MFA and its time are not known. `credentials-iot:*` keys
    exist in sessions of the IoT credential provider only, so they are absent where the trust policy does not let it in.
    """
    known = _principal_values(snapshot, principal)

    def lookup(key: str) -> Values:
        if key not in known:
            # The trust policy is read when a key asks for it: the policies of most principals never do.
            known[key] = _of_session(principal, key)
        return known[key]

    return lookup


def is_resource_key(key: str) -> bool:
    """Whether the value of a key depends on the stream that is called."""
    return key == _REGION or key.startswith(_RESOURCE_TAG)


def resource_value(stream: Stream | None, key: str) -> Values:
    """Return the value of a resource key for a stream; None as the stream: an action without resource type."""
    if key == _REGION:
        return (stream.region,) if stream else UNKNOWN
    if stream is None:
        return None
    if stream.detail.tags is None:
        return UNKNOWN
    name = key.removeprefix(_RESOURCE_TAG)
    return next(((value,) for tag, value in stream.detail.tags if tag.lower() == name), None)


def _of_session(principal: Principal, key: str) -> Values:
    """Return what is known of a key that a session of a principal may bring along."""
    is_role = principal.kind is PrincipalKind.ROLE
    if key.startswith(_PRINCIPAL_TAG):
        # STS API Reference, "AssumeRole": session tags override a role tag with the same key.
        if is_role and trust.takes_session_tags(principal):
            return UNKNOWN
        name = key.removeprefix(_PRINCIPAL_TAG)
        return next(((value,) for tag, value in principal.tags if tag.lower() == name), None)
    if key.startswith(PER_DEVICE_PREFIX):
        return UNKNOWN if _takes_devices(principal) else None
    return UNKNOWN


def _takes_devices(principal: Principal) -> bool:
    is_role = principal.kind is PrincipalKind.ROLE
    return is_role and trust.trusts_service(principal, trust.IOT_CREDENTIAL_PROVIDER)


def of_caller(principal: Principal, outcome: Outcome) -> Outcome:
    """Return what an outcome is for a principal: who is no device gets conditionally what devices get each for itself.

    It hangs on such a key where a Deny asks for its value, and may be invalid without one.
    """
    is_other = outcome is Outcome.PER_DEVICE and not _takes_devices(principal)
    return Outcome.CONDITIONAL if is_other else outcome


def _principal_values(snapshot: Snapshot, principal: Principal) -> dict[str, Values]:
    account = arn.account_text(snapshot.account.id)
    organization = snapshot.organization
    known: dict[str, Values] = {
        "aws:principalarn": (principal.arn,),
        "aws:principalaccount": (account,),
        "aws:resourceaccount": (account,),
        "aws:principaltype": (_TYPES[principal.kind],),
        "aws:principalisawsservice": ("false",),
        "aws:principalservicename": None,
        "aws:principalservicenameslist": None,
        "aws:username": (principal.name,) if principal.kind is PrincipalKind.USER else None,
    }
    if principal.kind is PrincipalKind.USER:
        known["aws:userid"] = (principal.unique_id,)
    if principal.kind is PrincipalKind.ROOT:
        known["aws:userid"] = (account,)
    path = (
        next((one.path for one in organization.accounts if one.id == snapshot.account.id), None)
        if organization
        else None
    )
    if organization and path:
        for side in ("principal", "resource"):
            known |= organization_values(side, organization, path)
    return known


def organization_values(side: str, organization: Organization, path: tuple[str, ...]) -> dict[str, Values]:
    """Return what a member account says of the keys of its organization; `side` is "principal" or "resource"."""
    # o-id/r-root/ou-id/…/: the account itself is not part of the path.
    paths = "/".join((organization.id, *path[:-1])) + "/"
    return {f"aws:{side}orgid": (organization.id,), f"aws:{side}orgpaths": (paths,)}


def _target_name(organization: Organization, target: str) -> str:
    name = dict(organization.unit_names).get(target)
    return f"{target} ({name})" if name else target
