"""Who gets into roles: everyone whom their trust policies mean, each judged by all policies that bind the call.

Source: STS API Reference, "AssumeRole" (the root user cannot call it).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from app.core.iam.door import Caller, Door, asking
from app.core.iam.explain import outcome_of
from app.core.iam.layers import Binding
from app.core.iam.principals import EVERYONE, role_of, without_path
from app.core.iam.trust import Trusted, trusted
from app.core.model.entry import ANY_SAML, ANY_WEB_IDENTITY, Entry, TrustedKind
from app.core.model.grant import MOST_CERTAIN_FIRST, Outcome
from app.core.model.principal import Principal, PrincipalKind

Bindings = Callable[[int], Binding | None]
"""From an account to its policies; None where its IAM was never read."""

_ANY = {TrustedKind.SAML: ANY_SAML, TrustedKind.WEB_IDENTITY: ANY_WEB_IDENTITY}


def entries(
    home: Binding, roles: Sequence[Principal], bindings: Bindings, known: Collection[int] = ()
) -> tuple[Entry, ...]:
    """Return everyone who may assume roles of an account, each once a role; whom a policy keeps out is no entry.

    Of an account that is trusted as a whole each user and role is asked, and where everyone is trusted those of all
    `known` accounts. `bindings` is called once for each account but the roles' own, one after the other: what they
    hold together may be too much for the memory.
    """
    found: list[Entry] = []
    doors: list[tuple[Door, tuple[Trusted, ...]]] = []
    for role in roles:
        named = trusted(role)
        if any(one.kind is TrustedKind.UNREADABLE for one in named):
            found += [Entry(role.arn, one.kind, one.value, None, Outcome.UNKNOWN) for one in named]
        elif named:
            doors.append((Door(home, role), named))
    for door, named in doors:
        found += _outsiders(door, [one for one in named if one.account is None and one.kind is not _PRINCIPAL])
    own = home.snapshot.account.id
    for account in sorted({own} | deciding_accounts(roles, known)):
        its = home if account == own else bindings(account)
        if its is None:
            for door, named in doors:
                found += _outsiders(door, [one for one in named if one.account == account])
            continue
        callers = [asking(one, its) for one in its.callers if one.kind is not PrincipalKind.ROOT]
        for door, named in doors:
            found += _of_account(door, named, account, callers)
    return _best(found)


def deciding_accounts(roles: Iterable[Principal], known: Collection[int]) -> frozenset[int]:
    """Return the accounts whose policies decide on who gets into `roles`, beside their own."""
    named = [one for role in roles for one in trusted(role)]
    everywhere = known if any(one.kind is TrustedKind.EVERYONE for one in named) else ()
    return frozenset({one.account for one in named if one.account is not None} | {*everywhere})


_PRINCIPAL = TrustedKind.PRINCIPAL


def _of_account(door: Door, named: Iterable[Trusted], account: int, callers: Iterable[Caller]) -> Iterator[Entry]:
    """Yield who comes in of the callers of one account that was read."""
    meant = [one for one in named if one.account == account or one.kind is TrustedKind.EVERYONE]
    if not meant:
        return
    first: dict[str, int] = {}
    for number, one in enumerate(meant):
        # A deleted principal, and one that is not there, is no caller: nobody comes.
        first.setdefault(_meant(one), number)
    for caller in callers:
        arn = caller.principal.arn
        numbers = [first[key] for key in (_WHOEVER, arn, f"{_SESSION}{without_path(arn)}") if key in first]
        if numbers and arn != door.role.arn:
            yield from _insider(door, meant[min(numbers)], caller)


_WHOEVER = ""
_SESSION = "session of "


def _meant(one: Trusted) -> str:
    """Return whom a principal of a trust policy means: everyone of an account, who has an ARN, or a role's session."""
    if one.kind is not _PRINCIPAL:
        return _WHOEVER
    role = role_of(one.value)
    return one.value if role == one.value else f"{_SESSION}{role}"


def _insider(door: Door, one: Trusted, caller: Caller) -> Iterator[Entry]:
    judged = door.judged(caller)
    result = outcome_of(judged.decision)
    if result is not Outcome.DENY:
        yield Entry(
            door.role.arn,
            _PRINCIPAL,
            caller.principal.arn,
            caller.its.snapshot.account.id,
            result,
            judged.decision.keys,
            is_known=True,
            is_named=judged.is_named,
            statement=one.statement,
            sid=one.sid,
        )


def _outsiders(door: Door, named: Iterable[Trusted]) -> Iterator[Entry]:
    for one in named:
        decision = door.outsider(one)
        result = outcome_of(decision)
        if result is not Outcome.DENY:
            source = _ANY[one.kind] if one.value == EVERYONE and one.kind in _ANY else one.value
            yield Entry(
                door.role.arn,
                one.kind,
                source,
                one.account,
                result,
                decision.keys,
                statement=one.statement,
                sid=one.sid,
            )


def _best(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the most certain entry of each source of each role, in the order of the trust policies."""
    best: dict[tuple[str, str], Entry] = {}
    for entry in sorted(found, key=lambda one: MOST_CERTAIN_FIRST.index(one.outcome)):
        best.setdefault((entry.role, entry.source), entry)
    return tuple(sorted(best.values(), key=lambda one: (one.role, one.statement or 0, one.source)))
