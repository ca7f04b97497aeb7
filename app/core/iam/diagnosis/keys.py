"""Condition keys that no request brings along: mistyped ones, and those of tags in calls that carry none.

Sources: IAM User Guide, "AWS global condition context keys" (reference_policies_condition-keys); Service Authorization
Reference, "Amazon Kinesis Video Streams" (which actions have aws:RequestTag and aws:TagKeys).
"""

from collections.abc import Iterable
from functools import lru_cache

from app.core.kvs.actions import Action

AS_OF = "September 2026"
"""When `GLOBAL` was last complete: AWS adds keys, so a name that is like none of these is taken for a new one."""
GLOBAL = frozenset(
    {
        "aws:assumedroot",
        "aws:calledvia",
        "aws:calledviaawsmcp",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:chatbotsourcearn",
        "aws:currenttime",
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:epochtime",
        "aws:federatedprovider",
        "aws:ismcpserviceaction",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltag/",
        "aws:principaltype",
        "aws:referer",
        "aws:requestedregion",
        "aws:requesttag/",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:resourcetag/",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:tagkeys",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:viaawsmcpservice",
        "aws:viaawsservice",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
    }
)
"""In lower case; those of tags end with a slash."""
_PREFIX = "aws:"
_MOST_EDITS = 2
_LONGEST = 48
_OF_TAGS = ("aws:requesttag/", "aws:tagkeys")
_TAGGING = frozenset(
    {"CreateStream", "CreateSignalingChannel", "TagStream", "UntagStream", "TagResource", "UntagResource"}
)


@lru_cache(maxsize=4096)
def meant(key: str) -> str | None:
    """Return the global key that a mistyped one (in lower case) reads like; None where AWS has it, or may have it."""
    head, slash, _ = key.partition("/")
    name = head + slash
    if not key.startswith(_PREFIX) or name in GLOBAL or len(name) > _LONGEST:
        return None
    edits = {known: _edits(name, known) for known in GLOBAL if abs(len(known) - len(name)) <= _MOST_EDITS}
    near = min(edits, key=lambda known: (edits[known], known), default=None)
    return near if near is not None and edits[near] <= _MOST_EDITS else None


def is_of_tagging(key: str) -> bool:
    """Whether a key (in lower case) tells of the tags that a call sets or takes away."""
    return key.startswith(_OF_TAGS[0]) or key == _OF_TAGS[1]


def carry_tags(taken: Iterable[Action]) -> bool:
    """Whether a call of any of these actions carries tags."""
    return any(action.name in _TAGGING for action in taken)


def _edits(one: str, other: str) -> int:
    """Return how many characters have to be put in, taken out or changed."""
    row = list(range(len(other) + 1))
    for number, character in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (character != wanted))
    return row[-1]
