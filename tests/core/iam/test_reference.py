"""The reference corpora beside the repository, read in place; skipped where they are not."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.iam.cases import evaluate_case
from app.core.iam.evaluate import Attached, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.parse import parse_document
from app.core.iam.variables import UNKNOWN
from app.core.kvs.actions import ACTIONS, Action
from app.core.model.policy import PolicyDocument, PolicyKind

CORPUS = Path(__file__).parents[4] / "shared" / "data" / "iam"
DOCUMENTED = CORPUS / "docs_public.jsonl"
GENERATED = CORPUS / "generated_public.jsonl.gz"
MANAGED = CORPUS / "managed_policies_public.jsonl.gz"
ARNS = "arn:aws:kinesisvideo:eu-central-1:111122223333:"


def lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        pytest.skip(f"the reference corpus {path} is not here")
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from (json.loads(line) for line in file)


def differences(path: Path) -> list[str]:
    return [one["id"] for one in lines(path) if evaluate_case(one)["verdict"] != one["expected"]]


def test_it_agrees_with_every_documented_case() -> None:
    assert differences(DOCUMENTED) == []


@pytest.mark.timeout(300)
def test_it_agrees_with_every_generated_case() -> None:
    assert differences(GENERATED) == []


def test_it_finds_what_each_managed_policy_grants() -> None:
    wrong = [one["policy"] for one in lines(MANAGED) if granted(one) != expected(one)]

    assert wrong == []


def expected(row: dict[str, Any]) -> dict[str, Verdict]:
    return dict.fromkeys(row["allow"], Verdict.ALLOW) | dict.fromkeys(row["conditional"], Verdict.CONDITIONAL)


def granted(row: dict[str, Any]) -> dict[str, Verdict]:
    """Return the actions that a policy allows, for sure or under conditions, on any resource that they take."""
    policy = parse_document(PolicyDocument(PolicyKind.MANAGED, row["policy"], "", row["arn"]), row["document"])
    layers = (Layer(LayerKind.IDENTITY, "role", (Attached(policy, "attached"),)),)
    found = {}
    for action in ACTIONS.values():
        requests = [Request("arn:aws:iam::111122223333:role/x", name_of(action), target) for target in targets(action)]
        verdicts = Counter(evaluate(request, layers, lambda _: UNKNOWN).verdict for request in requests)
        best = next((one for one in (Verdict.ALLOW, Verdict.CONDITIONAL) if verdicts[one]), None)
        if best is not None:
            found[action.name] = best
    return found


def name_of(action: Action) -> str:
    return f"kinesisvideo:{action.name}"


def targets(action: Action) -> list[str]:
    streams = [f"{ARNS}stream/cam/1700000000000"] if action.on_stream else []
    channels = [f"{ARNS}channel/cam/1700000000000"] if action.on_channel else []
    return [*streams, *channels, *(["*"] if action.is_wildcard_only else [])]
