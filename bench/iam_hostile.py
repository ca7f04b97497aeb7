"""Policies that somebody wrote to make an evaluator slow: each at a size and at twice that size.

What grows as its input takes twice as long, what is quadratic four times; the bar lies between. Reading the policy,
deciding one request of which nothing but the ARNs is known, and diagnosing the policy all count.
Run it by itself with `python -m bench.iam_hostile [--quick]`.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.core.iam.diagnosis.diagnose import diagnose
from app.core.iam.diagnosis.resources import Inventory
from app.core.iam.evaluate import Attached, Layer, LayerKind, Request, evaluate
from app.core.iam.parse import parse
from app.core.iam.variables import UNKNOWN
from app.core.model.policy import PolicyDocument, PolicyKind

ROLE = "arn:aws:iam::111122223333:role/x"
HEAD = "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/"
THERE = Inventory("aws", "111122223333", {}, frozenset({"eu-central-1"}), frozenset())
NOW = datetime(2026, 11, 28, tzinfo=UTC)
BAR_GROWTH = 3.0
BAR_SECONDS = 1.0
ROUNDS = 9


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, ensure_ascii=False)


def _statement(effect: str, action: Any, target: Any, **conditions: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": target, **({"Condition": conditions} if conditions else {})}


def _wildcards(size: int) -> tuple[str, str]:
    """`*a*a*a … b` against a name of a's: backtracking matchers are exponential in it."""
    return _document(_statement("Allow", "kinesisvideo:*", HEAD + "*a" * size + "b")), HEAD + "a" * size * 4


def _actions(size: int) -> tuple[str, str]:
    return _document(_statement("Allow", "kinesisvideo:" + "*e" * size, "*")), HEAD + "cam/1"


def _statements(size: int) -> tuple[str, str]:
    """Statements that all bear on the request, some under conditions on one unknown key."""
    found = [
        _statement("Deny", "kinesisvideo:Get*", f"{HEAD}cam-{n}*", StringEquals={"aws:SourceVpc": f"vpc-{n}"})
        if n % 2
        else _statement("Allow", "kinesisvideo:*", f"{HEAD}c*", StringNotEquals={"aws:SourceVpc": f"vpc-{n}"})
        for n in range(size)
    ]
    return _document(*found), HEAD + "cam-1/1"


def _overlaps(size: int) -> tuple[str, str]:
    """Allows that could lie under as many Denies, each of a pattern of its own."""
    found = [
        _statement("Deny", "kinesisvideo:Put*", f"{HEAD}{'a' * 40}{n}*")
        if n % 2
        else _statement("Allow", "kinesisvideo:Get*", f"{HEAD}{'a' * 40}{n}/*")
        for n in range(size)
    ]
    return _document(*found), HEAD + "cam-1/1"


def _large(size: int) -> tuple[str, str]:
    """One statement of so many kilobytes of patterns."""
    return _document(
        _statement("Allow", "kinesisvideo:*", [f"{HEAD}{n:040}/*" for n in range(size * 10)])
    ), HEAD + "c/1"


def _unicode(size: int) -> tuple[str, str]:
    values = ["𝕏é*" * 20 + str(n) for n in range(size)]
    return _document(
        _statement("Allow", "*", HEAD + "*é𝕏" * size, StringLike={"aws:userid": values})
    ), HEAD + "é𝕏" * size


def _conditions(size: int) -> tuple[str, str]:
    """Conditions on so many unknown keys at once, in several statements that exclude each other in part."""
    blocks = [
        {operator: {f"aws:RequestTag/k{n}": [f"v{n}", f"w{n}"] for n in range(size)}}
        for operator in ("StringEquals", "StringNotEqualsIfExists", "ForAllValues:StringLike", "StringEqualsIgnoreCase")
    ]
    found = [_statement("Deny" if n == 1 else "Allow", "*", "*", **block) for n, block in enumerate(blocks)]
    return _document(*found), HEAD + "cam/1"


CASES: dict[str, tuple[Callable[[int], tuple[str, str]], int]] = {
    "wildcards": (_wildcards, 400),
    "wildcards in an action": (_actions, 400),
    "statements": (_statements, 500),
    "overlaps": (_overlaps, 500),
    "kilobytes": (_large, 50),
    "unicode": (_unicode, 400),
    "conditions": (_conditions, 50),
}


def run(*, quick: bool) -> dict[str, Any]:
    """Return the milliseconds of each case at its size and at twice that, and how much they grew."""
    found: dict[str, dict[str, float]] = {}
    missed: dict[str, float] = {}
    for name, (make, size) in CASES.items():
        small, large = _seconds(make(size), make(2 * size), rounds=5 if quick else ROUNDS)
        growth = round(large / small, 2)
        found[name] = {
            "size": size,
            "ms": round(1000 * small, 1),
            "ms_at_twice": round(1000 * large, 1),
            "growth": growth,
        }
        if growth > BAR_GROWTH:
            missed[f"{name} grew"] = growth
        if small > BAR_SECONDS:
            missed[f"{name} seconds"] = round(small, 2)
    return {"cases": found, "bars": {"growth": BAR_GROWTH, "seconds": BAR_SECONDS}, "missed": missed}


def _seconds(*policies: tuple[str, str], rounds: int) -> tuple[float, ...]:
    """Return the least time of each policy over some rounds, in which they take turns: a slow moment meets them all.

    Nothing is kept from one to the next.
    """
    times = [[_once(*policy) for policy in policies] for _ in range(rounds)]
    return tuple(map(min, zip(*times, strict=True)))


def _once(text: str, target: str) -> float:
    _forget()
    started = time.process_time()
    policy = parse(PolicyDocument(PolicyKind.INLINE, "hostile", text))
    layers = (Layer(LayerKind.IDENTITY, "identity", (Attached(policy, "inline"),)),)
    evaluate(Request(ROLE, "kinesisvideo:GetMedia", target), layers, lambda _key: UNKNOWN)
    diagnose(policy, THERE, NOW)
    return time.process_time() - started


def _forget() -> None:
    """Clear every cache of the evaluator: a policy of an attacker is new."""
    for name, module in list(sys.modules.items()):
        if name.startswith("app.core.iam"):
            for kept in vars(module).values():
                if hasattr(kept, "cache_clear"):
                    kept.cache_clear()


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2, ensure_ascii=False))
