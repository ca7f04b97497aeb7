"""Why somebody may or may not assume a role: the same reasons as those of a cell, with the trust policy among them."""

from app.core.errors import InvalidInput
from app.core.iam.door import Door, asking
from app.core.iam.explain import Explanation, caller, outcome_of, reasons
from app.core.iam.layers import Binding
from app.core.iam.trust import ASSUME
from app.core.model.principal import PrincipalKind


def explain_entry(its: Binding, principal_arn: str, home: Binding, role_arn: str) -> Explanation:
    """Return why a principal of account `its` may or may not assume a role of account `home`.

    Raises:
        InvalidInput: one of the two is not there, what is assumed is no role, or a root user asks, which assumes none.
        MalformedPolicy: the trust policy does not parse.
    """
    role = caller(home, role_arn)
    if role.trust is None:
        raise InvalidInput(f"{role_arn} is no role: nobody can assume it")
    principal = caller(its, principal_arn)
    if principal.kind is PrincipalKind.ROOT:
        # STS API Reference, "AssumeRole": the root user cannot call it.
        raise InvalidInput(f"{principal_arn} is a root user, who cannot assume a role")
    judged = Door(home, role).judged(asking(principal, its))
    return Explanation(
        principal_arn,
        ASSUME,
        role_arn,
        outcome_of(judged.decision),
        judged.decision.verdict,
        judged.decision.keys,
        reasons(judged.decision, judged.layers, judged.request, judged.lookup),
    )
