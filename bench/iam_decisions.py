"""Single decisions of the evaluator where policies repeat, beside public evaluators' figures.

The shape is that of the peers' measurement: 100 principals of five policies each x 46 actions x 20 streams, here each
time with other context values. Reading the policies counts; the answers of a sample are compared with `evaluate`.
Run it by itself with `python -m bench.iam_decisions [--quick]`.
"""

import gc
import json
import random
import sys
import time
from typing import Any

from app.core.iam.evaluate import Request, evaluate
from app.core.iam.judge import Judge
from app.core.iam.layers import Binding, is_resource_key, principal_lookup, resource_value
from app.core.iam.variables import Lookup, Values
from app.core.kvs.actions import ACTIONS, PREFIX
from app.core.model.stream import Stream
from bench.iam_matrix import PEERS, estate

PRINCIPALS, STREAMS = 100, 20
BAR_A_SECOND = 100_000
BAR_TIMES_EVALUATE = 2.0
"""A quick run holds this instead: the same work by `evaluate`, in the same run."""
SAMPLE = 2_000
ADDRESSES = 1_000


def run(*, quick: bool) -> dict[str, Any]:
    """Return decisions a second of `Judge` and of `evaluate`, and how many times faster than each peer the first is."""
    snapshot = estate(PRINCIPALS, STREAMS)
    rng = random.Random(7)
    binding = Binding(snapshot)
    asked = [
        (
            principal,
            Request(principal.arn, f"{PREFIX}:{action}", stream.arn),
            principal_lookup(snapshot, principal),
            stream,
        )
        for principal in binding.callers
        for action in ACTIONS
        for stream in snapshot.streams
    ]
    lookups = [_lookup(rng, lookup, stream) for _, _, lookup, stream in asked]
    gc.freeze()  # what the bench itself holds, half a million objects, is no garbage of the evaluators' to look through
    started = time.perf_counter()
    fresh = Binding(snapshot)
    judges = {principal.arn: Judge(fresh.layers(principal)) for principal in fresh.callers}
    answers = [
        judges[request.principal].decide(request, lookup)
        for (_, request, _, _), lookup in zip(asked, lookups, strict=True)
    ]
    rate = len(asked) / (time.perf_counter() - started)
    layers = {principal.arn: fresh.layers(principal) for principal in fresh.callers}
    sample = rng.sample(range(len(asked)), SAMPLE)
    started = time.perf_counter()
    slow = [evaluate(asked[n][1], layers[asked[n][1].principal], lookups[n]) for n in sample]
    slow_rate = SAMPLE / (time.perf_counter() - started)
    if [(one.verdict, one.keys) for one in slow] != [answers[n] for n in sample]:
        raise AssertionError("Judge and evaluate differ")
    bars = {"times_evaluate": (round(rate / slow_rate, 1), BAR_TIMES_EVALUATE)}
    if not quick:
        bars["decisions_per_second"] = (round(rate), BAR_A_SECOND)
    return {
        "decisions": len(asked),
        "decisions_per_second": round(rate),
        "evaluate_per_second": round(slow_rate),
        "times_evaluate": round(rate / slow_rate, 1),
        "peers_decisions_per_second": PEERS,
        "times_faster_than": {name: round(rate / peer, 1) for name, peer in PEERS.items()},
        "bars": {name: bar for name, (_, bar) in bars.items()},
        "missed": {name: value for name, (value, bar) in bars.items() if value < bar},
    }


def _lookup(rng: random.Random, of_principal: Lookup, stream: Stream) -> Lookup:
    number = rng.randrange(ADDRESSES)
    own: dict[str, Values] = {
        "aws:sourceip": (f"10.{number % 250}.{number // 250}.7",),
        "aws:multifactorauthpresent": rng.choice([None, ("true",), ("false",)]),
        "aws:requestedregion": (stream.region,),
    }

    def lookup(key: str) -> Values:
        if key in own:
            return own[key]
        return resource_value(stream, key) if is_resource_key(key) else of_principal(key)

    return lookup


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2))
