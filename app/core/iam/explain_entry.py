"""Why somebody may or may not assume a role: the same reasons as those of a cell, with the trust policy among them."""

from app.core.errors import InvalidInput
from app.core.iam.door import Door, asking
from app.core.iam.explain import Explanation, caller, outcome_of, reasons
from app.core.iam.layers import Binding
from app.core.iam.trust import ASSUME


def explain_entry(its: Binding, principal_arn: str, home: Binding, role_arn: str) -> Explanation:
    """Return why a principal of account `its` may or may not assume a role of account `home`.

    Raises:
        InvalidInput: one of the two is not there, or what is assumed is no role.
        MalformedPolicy: the trust policy does not parse.
    """
    role = caller(home, role_arn)
    if role.trust is None:
        raise InvalidInput(f"{role_arn} is no role: nobody can assume it")
    judged = Door(home, role).judged(asking(caller(its, principal_arn), its))
    return Explanation(
        principal_arn,
        ASSUME,
        role_arn,
        outcome_of(judged.decision),
        judged.decision.verdict,
        judged.decision.keys,
        reasons(judged.decision, judged.layers, judged.request, judged.lookup),
    )
