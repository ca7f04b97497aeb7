"""Compute an account's access matrix from its snapshot and store the grants."""

from datetime import datetime

import msgspec
from sqlalchemy import Engine

from app.core.iam.matrix import EVALUATOR_VERSION, access_matrix
from app.core.model.scope import EVERYTHING
from app.db.queries import grants, snapshots


def build_access_matrix(engine: Engine, account_id: int, *, now: datetime) -> bool:
    """Store what every principal may do; return whether it was computed.

    Nothing is computed while the policies, streams and tags that the stored matrix was made of stay as they are.

    Raises:
        InvalidInput: no such account.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        inputs = grants.input_hash(connection, account_id, EVALUATOR_VERSION)
        if inputs == grants.stored_hash(connection, account_id):
            return False
        snapshot = snapshots.load_snapshot(connection, EVERYTHING, account_id)
    if snapshot.iam is None:
        # Nobody could look: no matrix is not the same as an empty one.
        return False
    matrix = access_matrix(snapshot)
    with engine.begin() as connection:
        grants.store_matrix(
            connection,
            account_id,
            matrix.grants,
            [msgspec.to_builtins(problem) for problem in matrix.problems],
            evaluator=EVALUATOR_VERSION,
            inputs=inputs,
            now=now,
        )
    return True
