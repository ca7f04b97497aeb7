"""A policy document's text → statements that remember their place.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.core.errors import MalformedPolicy
from app.core.iam import actions
from app.core.iam.condition import Condition, condition
from app.core.iam.globs import COLONS
from app.core.iam.resources import resource_template
from app.core.iam.variables import WITH_VARIABLES, needed, variables
from app.core.model.policy import PolicyDocument, PolicyKind

_OLD_VERSION = "2008-10-17"
_VERSIONS = (WITH_VARIABLES, _OLD_VERSION)
_POLICY_ELEMENTS = {"Version", "Id", "Statement"}
_OF_PRINCIPALS = frozenset(
    {PolicyKind.INLINE, PolicyKind.MANAGED, PolicyKind.BOUNDARY, PolicyKind.SCP, PolicyKind.SESSION}
)
"""Policies that say what their principals may do, and so name none."""
_STATEMENT_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}


@dataclass(frozen=True, slots=True)
class Principals:
    """The Principal or NotPrincipal element as (kind, value) pairs, such as ("Service", "iot.amazonaws.com")."""

    pairs: tuple[tuple[str, str], ...]
    is_excluding: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `index` counts from 0 as in the document; `actions` and `resources` are as written.

    `resources` None: the statement has neither Resource nor NotResource (trust policies). `pattern_keys` are those of
    variables in them. `needed_keys` are those of variables without default in its conditions and its NotResource:
    the element of several resources is as good as a statement for each.
    """

    index: int
    sid: str | None
    is_allow: bool
    actions: tuple[str, ...]
    excludes_actions: bool
    resources: tuple[str, ...] | None
    excludes_resources: bool
    principals: Principals | None
    conditions: tuple[Condition, ...]
    has_variables: bool
    pattern_keys: tuple[str, ...] = ()
    needed_keys: tuple[str, ...] = ()

    def takes(self, action: str) -> bool:
        """Whether Action or NotAction takes a full name such as "kinesisvideo:GetMedia" or "sts:AssumeRole"."""
        return actions.takes(self.actions, action, is_excluding=self.excludes_actions)


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed document and the document it came from.

    `of_kvs` are the statements that take any action of KVS, each with these as bits: most policies have none.
    """

    source: PolicyDocument
    version: str
    statements: tuple[Statement, ...]
    of_kvs: tuple[tuple[Statement, int], ...] = field(init=False, compare=False, repr=False)
    _by_action: dict[str, tuple[Statement, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Look once for what is of KVS: every decision begins there."""
        masks = [actions.element_mask(one.actions, is_excluding=one.excludes_actions) for one in self.statements]
        of_kvs = tuple((one, mask) for one, mask in zip(self.statements, masks, strict=True) if mask)
        object.__setattr__(self, "of_kvs", of_kvs)

    def taking(self, action: str) -> tuple[Statement, ...]:
        """Return the statements that take an action; policies are asked again and again."""
        found = self._by_action.get(action)
        if found is None:
            bit = actions.bit(action)
            found = self._by_action[action] = (
                tuple(one for one, mask in self.of_kvs if mask & bit)
                if bit
                else tuple(one for one in self.statements if one.takes(action))
            )
        return found


class _Repeated(Exception):
    """A key that stands twice in one object: of a Condition that stands twice a decoder forgets the first."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


_ONCE = json.JSONDecoder(object_pairs_hook=_each_once)


def parse(source: PolicyDocument) -> Policy:
    """Return the statements of a document.

    Raises:
        MalformedPolicy: naming the policy and the place, such as "Statement[2].Effect".
    """
    try:
        document = msgspec.json.decode(source.document)
        _ONCE.decode(source.document)
    except _Repeated as error:
        raise _malformed(source, "document", f"an object has the key {str(error)!r} twice") from error
    except msgspec.DecodeError as error:
        raise _malformed(source, "document", f"not JSON: {error}") from error
    except UnicodeEncodeError as error:
        raise _malformed(source, "document", f"not text: {error}") from error
    except RecursionError as error:
        raise _malformed(source, "document", "nested too deeply") from error
    return parse_document(source, document)


def parse_document(source: PolicyDocument, document: object) -> Policy:
    """Return the statements of a document that is decoded already.

    Raises:
        MalformedPolicy: naming the policy and the place.
    """
    if not isinstance(document, dict):
        raise _malformed(source, "document", "not a JSON object")
    _only(source, "document", document, _POLICY_ELEMENTS)
    # A policy without Version is one of 2008-10-17 (IAM User Guide, "IAM JSON policy elements: Version").
    version = document.get("Version", _OLD_VERSION)
    if version not in _VERSIONS:
        raise _malformed(source, "Version", f"{version!r} is none of {', '.join(_VERSIONS)}")
    if "Statement" not in document:
        raise _malformed(source, "Statement", "missing")
    statements = document["Statement"]
    found = statements if isinstance(statements, list) else [statements]
    has_variables = version == WITH_VARIABLES
    return Policy(
        source,
        version,
        tuple(_statement(source, index, raw, has_variables=has_variables) for index, raw in enumerate(found)),
    )


def _statement(source: PolicyDocument, index: int, raw: Any, *, has_variables: bool) -> Statement:
    place = f"Statement[{index}]"
    if not isinstance(raw, dict):
        raise _malformed(source, place, "not a JSON object")
    _only(source, place, raw, _STATEMENT_ELEMENTS)
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise _malformed(source, f"{place}.Effect", f"{effect!r} is neither 'Allow' nor 'Deny'")
    actions, excludes_actions = _element(source, place, raw, "Action")
    if actions is None:
        raise _malformed(source, place, "has neither Action nor NotAction")
    resources, excludes_resources = _element(source, place, raw, "Resource")
    principals = _principals(source, place, raw)
    _check_elements(source, place, resources, principals)
    sid = raw.get("Sid")
    conditions = _conditions(source, place, raw.get("Condition", {}), has_variables=has_variables)
    patterns = [resource_template(text, has_variables=has_variables) for text in resources or () if "${" in text]
    needing = [*(patterns if excludes_resources else ()), *(parts for one in conditions for parts in one.templates)]
    return Statement(
        index=index,
        sid=sid if isinstance(sid, str) and sid else None,
        is_allow=effect == "Allow",
        actions=actions,
        excludes_actions=excludes_actions,
        resources=resources,
        excludes_resources=excludes_resources,
        principals=principals,
        conditions=conditions,
        has_variables=has_variables,
        pattern_keys=tuple(sorted({key for parts in patterns for key in variables(parts)})),
        needed_keys=tuple(sorted({key for parts in needing for key in needed(parts)})),
    )


def _check_elements(
    source: PolicyDocument, place: str, resources: tuple[str, ...] | None, principals: Principals | None
) -> None:
    """Refuse what IAM does not store: elements that a policy of this kind lacks, or has too many."""
    if source.kind is PolicyKind.TRUST:
        if resources is not None:
            raise _malformed(source, place, "has a resource: a trust policy is of its role alone")
        if principals is None:
            raise _malformed(source, place, "has neither Principal nor NotPrincipal")
        return
    if resources is None:
        raise _malformed(source, place, "has neither Resource nor NotResource")
    if principals is not None and source.kind in _OF_PRINCIPALS:
        raise _malformed(source, place, "names principals: only trust and resource policies do")
    if source.kind is PolicyKind.SESSION:
        # General Reference, "Amazon Resource Names": a session policy with a short ARN is malformed.
        short = next((text for text in resources if text.strip("*") and text.count(":") < COLONS), None)
        if short is not None:
            raise _malformed(source, f"{place}.Resource", f"{short!r} is no whole ARN")


def _element(
    source: PolicyDocument, place: str, raw: Mapping[str, Any], name: str
) -> tuple[tuple[str, ...] | None, bool]:
    """Return the values of an element or of its Not form, and which of the two it was; None when it has neither."""
    excluding = f"Not{name}"
    if name in raw and excluding in raw:
        raise _malformed(source, place, f"has both {name} and {excluding}")
    if name in raw:
        return _texts(source, f"{place}.{name}", raw[name]), False
    if excluding in raw:
        return _texts(source, f"{place}.{excluding}", raw[excluding]), True
    return None, False


def _principals(source: PolicyDocument, place: str, raw: Mapping[str, Any]) -> Principals | None:
    if "Principal" in raw and "NotPrincipal" in raw:
        raise _malformed(source, place, "has both Principal and NotPrincipal")
    for name in ("Principal", "NotPrincipal"):
        if name in raw:
            return Principals(_principal_pairs(source, f"{place}.{name}", raw[name]), name == "NotPrincipal")
    return None


def _principal_pairs(source: PolicyDocument, place: str, value: Any) -> tuple[tuple[str, str], ...]:
    if value == "*":
        return (("AWS", "*"),)
    if not isinstance(value, dict):
        raise _malformed(source, place, 'neither "*" nor an object of principals')
    return tuple((kind, text) for kind, texts in value.items() for text in _texts(source, f"{place}.{kind}", texts))


def _conditions(source: PolicyDocument, place: str, raw: Any, *, has_variables: bool) -> tuple[Condition, ...]:
    if not isinstance(raw, dict):
        raise _malformed(source, f"{place}.Condition", "not a JSON object")
    found: list[Condition] = []
    for operator, keys in raw.items():
        where = f"{place}.Condition.{operator}"
        if not isinstance(keys, dict):
            raise _malformed(source, where, "not a JSON object of keys")
        for key, values in keys.items():
            made = condition(
                operator, key, _texts(source, f"{where}.{key}", values, may_be_empty=True), has_variables=has_variables
            )
            if made is None:
                raise _malformed(source, where, "no condition operator of this name")
            found.append(made)
    return tuple(found)


def _texts(source: PolicyDocument, place: str, value: Any, *, may_be_empty: bool = False) -> tuple[str, ...]:
    """Return one value or a list of values as texts; JSON's true, 5 and "true", "5" are the same policy value."""
    values = value if isinstance(value, list) else [value]
    if not values and not may_be_empty:
        raise _malformed(source, place, "empty list")
    return tuple([item if isinstance(item, str) else _text(source, place, item) for item in values])


def _text(source: PolicyDocument, place: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise _malformed(source, place, f"{value!r} is no text")


def _only(source: PolicyDocument, place: str, raw: Mapping[str, Any], allowed: set[str]) -> None:
    """Refuse elements that the grammar does not have: a misspelt Condition would otherwise widen the statement."""
    unknown = raw.keys() - allowed
    if unknown:
        raise _malformed(source, place, f"unknown element {min(unknown)!r}")


def _malformed(source: PolicyDocument, place: str, what: str) -> MalformedPolicy:
    name = source.arn or source.name
    return MalformedPolicy(f"policy {name}: {place}: {what}")
