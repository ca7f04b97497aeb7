"""What somebody asks about: an action and a resource as typed → those that are meant, or why there are none.

Source: Service Authorization Reference, "Amazon Kinesis Video Streams" (resource types and their ARNs).
"""

from dataclasses import dataclass

from app.core import arn
from app.core.errors import InvalidInput
from app.core.iam.explain import takes_resource
from app.core.iam.resources import ANY_RESOURCE
from app.core.kvs.actions import BY_LOWER_NAME, PREFIX, Action
from app.core.model.snapshot import Snapshot

_WITH_TIME = 3
"""Parts of "stream/NAME/CREATION_TIME"."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A resource that an action is called on. `note` says what is not known of it; empty: the inventory holds it."""

    resource: str
    note: str = ""


def asked_action(text: str) -> Action:
    """Return the action of a name with or without its prefix, in any case.

    Raises:
        InvalidInput: Kinesis Video Streams has none of that name.
    """
    found = BY_LOWER_NAME.get(text.lower().removeprefix(f"{PREFIX}:"))
    if found is None:
        raise InvalidInput(f"{text!r} is not an action of Kinesis Video Streams; GetMedia is one")
    return found


def asked_resource(snapshot: Snapshot, action: Action, text: str) -> Asked:
    """Return the stream or channel of an account that `text` names, or "*" for an action that is called on none.

    Raises:
        InvalidInput: it names none that the action is called on; the message says what to write.
    """
    if text == ANY_RESOURCE and action.is_wildcard_only:
        return Asked(text)
    if action.is_wildcard_only:
        raise InvalidInput(f'{action.name} is called on no resource: write "*", not {text!r}')
    parsed = arn.parsed(text)
    if parsed is None or parsed.service != PREFIX or set("*?") & set(text):
        raise InvalidInput(f"{text!r} is not the ARN of one stream or channel{_of_name(snapshot, text)}")
    if not takes_resource(action, text):
        raise InvalidInput(f"{action.name} is not called on a {parsed.resource.partition('/')[0]}: {text}")
    if parsed.resource.count("/") + 1 != _WITH_TIME:
        raise InvalidInput(f"{text} lacks the time of creation that ends an ARN{_of_name(snapshot, parsed.resource)}")
    if any(one.arn == text for one in snapshot.streams):
        return Asked(text)
    what = "its tags are not known, and the answer is of policies alone"
    return Asked(text, f"the inventory does not hold {text}: {what}{_of_name(snapshot, parsed.resource)}")


def _of_name(snapshot: Snapshot, text: str) -> str:
    """Return which streams and channels have the name that `text` has in it."""
    name = next((part for part in text.rpartition(":")[2].split("/")[1:2]), text)
    found = [one.arn for one in snapshot.streams if one.name == name]
    return f"; of that name there is {', '.join(found)}" if found else ""
