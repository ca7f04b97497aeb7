"""Compute an account's access matrix from its snapshot and store the grants."""

from datetime import datetime

import msgspec
from sqlalchemy import Engine

from app.core.iam.inputs import inputs_of
from app.core.iam.matrix import EVALUATOR_VERSION, access_matrix
from app.core.model.scope import EVERYTHING
from app.db.queries import grants, snapshots
from app.db.queries.grants import Basis


def build_access_matrix(engine: Engine, account_id: int, *, now: datetime) -> bool:
    """Store what every principal may do; return whether it was computed.

    Nothing is computed while the policies, streams and tags that the stored matrix was made of stay as they are; while
    streams, tags and organization do, only principals whose own policies changed.

    Raises:
        InvalidInput: no such account.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        inputs = grants.input_hash(connection, account_id, EVALUATOR_VERSION)
        if inputs == grants.stored_hash(connection, account_id):
            return False
        snapshot = snapshots.load_snapshot(connection, EVERYTHING, account_id)
        common = grants.basis_hash(connection, account_id, EVALUATOR_VERSION)
        before = grants.stored_basis(connection, account_id)
        problems = grants.stored_problems(connection, account_id)
    if snapshot.iam is None:
        # Nobody could look: no matrix is not the same as an empty one.
        return False
    basis = Basis(common, inputs_of(snapshot.iam))
    changed = None if before is None or before.common != common else _changed(before, basis)
    matrix = access_matrix(snapshot, changed)
    found = [msgspec.to_builtins(problem) for problem in matrix.problems]
    if changed is not None:
        # What binds the whole account is as it was, and so are the policies of all others.
        found += [one for one in problems if one["principal"] not in changed and one not in found]
    with engine.begin() as connection:
        grants.store_matrix(
            connection,
            account_id,
            matrix.grants,
            found,
            evaluator=EVALUATOR_VERSION,
            inputs=inputs,
            now=now,
            basis=basis,
            only=changed,
        )
    return True


def _changed(before: Basis, basis: Basis) -> frozenset[str]:
    """Return the principals that are new, gone, or carry something else than before."""
    return frozenset(arn for arn, _ in before.principals.items() ^ basis.principals.items())
