"""What people call the things of kvswatch: parts, feeds, states, practices."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from app.core.coverage.observe import ActionClass, ObservableState
from app.core.kvs.actions import Action
from app.core.matrix.cells import UNUSED
from app.core.model.finding import FindingState, Practice
from app.core.model.grant import Outcome
from app.core.model.snapshot import PartState
from app.db.queries.account_page import PolicyProblem

PARTS: dict[str, str] = {
    "iam": "Roles, users, groups, policies",
    "managed_policies": "AWS managed policies in use",
    "credential_report": "Credential report",
    "access_keys": "Access keys",
    "streams": "Streams",
    "channels": "Signaling channels",
    "stream_tags": "Tags of streams",
    "stream_images": "Image generation",
    "stream_notifications": "Notifications",
    "stream_edge": "Edge configuration",
    "channel_tags": "Tags of channels",
    "channel_storage": "Media storage of channels",
    "trails": "Trails",
    "trail_status": "State of trails",
    "event_selectors": "Event selectors",
    "organization": "Organization, SCPs and RCPs",
    "request_counts": "CloudWatch request counts",
}

SOURCES: dict[str, str] = {
    "s3_logs": "CloudTrail files in S3",
    "sqs_logs": "CloudTrail files announced by SQS",
    "cloudwatch_logs": "Log group of CloudWatch Logs",
    "lookup_events": "event history (LookupEvents)",
    "s3_digests": "Digests of files in S3",
    "evaluate": "Matrix and rules",
    "retention": "Retention",
    "iam": "IAM",
    "iam_credentials": "Credential report and keys",
    "kinesisvideo": "Kinesis Video Streams",
    "kinesisvideo_detail": "Settings of each stream",
    "cloudtrail": "Trails and selectors",
    "organizations": "Organization",
    "cloudwatch": "CloudWatch request counts",
}

PART_STATES: dict[PartState, str] = {
    PartState.SEEN: "Fresh",
    PartState.DENIED: "Access denied",
    PartState.THROTTLED: "Throttled",
    PartState.UNREACHABLE: "Not reachable",
    PartState.FAILED: "Failed",
    PartState.NOT_COLLECTED: "Never tried",
}

PRACTICES: dict[Practice, str] = {
    Practice.LEAST_PRIVILEGE: "Least privilege",
    Practice.ROLES_NOT_KEYS: "No long-term keys",
    Practice.CLOUDTRAIL: "CloudTrail",
    Practice.BEHAVIOUR: "Behaviour",
    Practice.DEVICES: "Devices",
    Practice.DATA_PROTECTION: "Encryption",
}

FINDING_STATES: dict[FindingState, str] = {
    FindingState.OPEN: "Open",
    FindingState.ACKNOWLEDGED: "Acknowledged",
    FindingState.MUTED: "Muted",
    FindingState.RESOLVED: "Resolved",
}

CELLS: dict[str, str] = {
    "U": "used",
    "G": f"granted, {UNUSED}",
    "B": "granted, use not observable",
    "C": "conditional",
    "D": "per device",
    "X": "denied",
    "R": "used, no longer granted",
    "?": "unknown",
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.ALLOW: "allowed",
    Outcome.CONDITIONAL: "conditional",
    Outcome.PER_DEVICE: "per device",
    Outcome.DENY: "denied",
    Outcome.UNKNOWN: "unknown",
}

CLASSES: dict[ActionClass, str] = {
    ActionClass.READ: "media read",
    ActionClass.WRITE: "media write",
    ActionClass.SIGNALING: "signaling",
    ActionClass.MANAGEMENT: "management",
}

OBSERVABLE: dict[ObservableState, str] = {
    ObservableState.OBSERVED: "observed",
    ObservableState.PARTLY: "observed in part",
    ObservableState.NOT_COLLECTED: "not collected",
    ObservableState.NOT_DELIVERED: "not delivered",
    ObservableState.NOT_LOGGED: "not logged",
    ObservableState.EXPIRED: "expired",
    ObservableState.UNKNOWN: "not known",
}

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def part(name: str) -> str:
    """Return what people call a part."""
    return PARTS.get(name, name.replace("_", " "))


def source(name: str) -> str:
    """Return what people call a feed's source."""
    return SOURCES.get(name, name.replace("_", " "))


def small(count: int) -> str:
    """Return a number below ten as a word."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def resources(action: Action) -> str:
    """Return what an action is called on: "streams", "channels" or both."""
    kinds = (("streams", action.on_stream), ("channels", action.on_channel))
    return " and ".join(name for name, is_taken in kinds if is_taken)


def unknown(count: int, problems: Iterable[PolicyProblem]) -> str:
    """Return the end of "3 principals may watch it": of how many that is not known, and what could not be read."""
    if not count:
        return ""
    of_account = [f"{one.policy}: {one.message}" for one in problems if not one.principal]
    return f"; of {count:,} it is not known ({listed(of_account) or 'policies of theirs could not be used'})"


def kind(name: str) -> str:
    """Return the kind of a principal: those that the matrix tells apart by their path are roles."""
    return "role" if name in {"sso", "service_linked"} else name.replace("_", " ")


def let_in(count: int) -> str:
    """Return "three asked to and were let": who drew a playback URL is not known to have watched."""
    return f"{small(count)} asked to and {'was' if count == 1 else 'were'} let"


def by_logs(*, is_past: bool) -> str:
    """Return what stands before what was done: as of a time permissions are of then, and the logs are read by now."""
    return "By the logs as read by now: in" if is_past else "In"


def unlisted(regions: tuple[str, ...], *, is_past: bool = False) -> str:
    """Return the end of "it may watch 3 streams": where more may be, for nobody listed them, or had by then."""
    when = "had not been listed then" if is_past else "was never listed"
    return f"; what there is in {listed(regions)} {when}" if regions else ""


def unlisted_notes(regions: Mapping[int, tuple[str, ...]], named: Callable[[int], str]) -> Iterator[str]:
    """Yield for each account in which Regions nothing was ever listed."""
    for account, own in regions.items():
        there = f"what there is in {listed(own)} was never listed"
        yield f"{named(account)}: {there}. What is granted there is not known."


def listed(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    """Return "a, b and c", or "a, b and 4 more"."""
    if len(names) <= 1:
        return "".join(names)
    if len(names) <= most:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
