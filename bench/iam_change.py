"""One changed policy of an account of 1,000 principals and 1,000 streams: seconds until the stored grants are right.

Run it by itself with `python -m bench.iam_change [--quick]`.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import Engine

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import Snapshot
from app.core.parts import Streams
from app.db.engine import create_engine
from app.db.queries import accounts, snapshots
from app.db.queries.grants import grants
from app.services.build_access_matrix import build_access_matrix
from bench._database import empty
from bench.iam_matrix import estate

FULL, QUICK = (1_000, 1_000), (200, 100)
BAR_SECONDS = 0.5
BAR_OF_THE_FIRST = 0.5
"""Of the time of the first evaluation: what evaluates every principal again needs all of it."""
CHANGES = 5
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def run(*, quick: bool) -> dict[str, Any]:
    """Return the seconds of the first evaluation and the median of those after one inline policy changed."""
    principals, streams = QUICK if quick else FULL
    snapshot = estate(principals, streams)
    with empty() as url:
        engine = create_engine(url, role="kvswatch_app")
        _store(engine, snapshot)
        first = _built(engine, snapshot)
        again = [_built(engine, _changed(engine, snapshot, number)) for number in range(CHANGES)]
        with engine.connect() as connection:
            stored = grants(connection, EVERYTHING, snapshot.account.id) or ()
        engine.dispose()
    taken = round(median(again), 3)
    bars = {"of_the_first": (round(taken / first, 3), BAR_OF_THE_FIRST)}
    if not quick:
        bars |= {"after_a_change_s": (taken, BAR_SECONDS)}
    return {
        "principals": principals,
        "streams": streams,
        "grants": len(stored),
        "first_s": round(first, 3),
        "after_a_change_s": taken,
        "of_the_first": round(taken / first, 3),
        "bars": {name: bar for name, (_, bar) in bars.items()},
        "missed": {name: value for name, (value, bar) in bars.items() if value > bar},
    }


def _store(engine: Engine, snapshot: Snapshot) -> None:
    account = snapshot.account.id
    by_region: dict[str, list[Any]] = {}
    for stream in snapshot.streams:
        by_region.setdefault(stream.region, []).append(stream)
    with engine.begin() as connection:
        accounts.store_account(connection, snapshot.account, "added", NOW)
        snapshots.store_part(connection, account, "iam", "", snapshot.iam, NOW)
        snapshots.store_part(connection, account, "organization", "", snapshot.organization, NOW)
        for region, streams in by_region.items():
            snapshots.store_part(connection, account, "streams", region, Streams(tuple(streams)), NOW)


def _changed(engine: Engine, snapshot: Snapshot, number: int) -> Snapshot:
    """Store the same account with another inline policy on one of its roles."""
    iam = snapshot.iam or Iam((), ())
    statement = {"Effect": "Allow", "Action": f"kinesisvideo:{'Get' if number % 2 else 'List'}*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    changed = list(iam.principals)
    changed[number] = replace(changed[number], inline=(PolicyDocument(PolicyKind.INLINE, "new", document),))
    with engine.begin() as connection:
        snapshots.store_part(connection, snapshot.account.id, "iam", "", replace(iam, principals=tuple(changed)), NOW)
    return snapshot


def _built(engine: Engine, snapshot: Snapshot) -> float:
    started = time.perf_counter()
    if not build_access_matrix(engine, snapshot.account.id, now=NOW):
        raise AssertionError("nothing was evaluated")
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2))
