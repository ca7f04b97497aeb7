"""What each list can be filtered by, sorted by and shown with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.model.event import ActorKind, KeyKind
from app.core.model.finding import FindingState, Severity
from app.core.model.footage import FootageClock, FootageKind
from app.core.model.grant import Outcome

OUTCOMES = ("ok", "denied", "error")
YES_NO = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a list. `label` is what a chip shows.

    `choices` are the only values allowed; empty: any text. `can_contain`: whether `field~=text` makes sense.
    `can_be_none`: whether `field=__none__` does. `default`: the values that hold when the URL names none.
    `is_plain`: only `field=value` is asked. `is_single`: and only one value. `is_interval`: that of video, FROM..TO.
    `is_time` and `is_id`: its values are points in time, or IDs as CloudTrail gives them to records (UUIDs).
    """

    name: str
    label: str
    choices: tuple[str, ...] = ()
    can_contain: bool = True
    can_be_none: bool = True
    default: tuple[str, ...] = ()
    is_plain: bool = False
    is_single: bool = False
    is_interval: bool = False
    is_time: bool = False
    is_id: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The grammar of one list: its fields in canonical order, its columns, and the page's own parameters.

    `extras` are parameters that are kept and not looked into (which drawer is open). `has_at`: it can be asked for
    as of a time in the past. `stacks` are what its chart can be stacked by. `shown_by` are those of `cols`, `limit`,
    `after` and `before` that its page has a use for, `filed_by` those extras that its files have one for.
    `only_format`: the one that its files have; empty: any.
    """

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    sorts: tuple[str, ...]
    default_from: str = "now-7d"
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    has_at: bool = False
    stacks: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()
    filed_by: tuple[str, ...] = ()
    only_format: str = ""
    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {one.name: one for one in self.fields})

    def field(self, name: str) -> Field | None:
        """Return the field called `name`, or None when the list has no such field."""
        return self._by_name.get(name)


def _choice(name: str, label: str, *choices: str, default: tuple[str, ...] = ()) -> Field:
    return Field(name, label, choices, can_contain=False, can_be_none=False, default=default)


def _time(name: str, label: str, *, can_be_none: bool = True) -> Field:
    return Field(name, label, can_contain=False, can_be_none=can_be_none, is_time=True)


def _id(name: str, label: str, *, can_be_none: bool = True) -> Field:
    return Field(name, label, can_contain=False, can_be_none=can_be_none, is_id=True)


def _interval(name: str, label: str) -> Field:
    return Field(name, label, can_contain=False, can_be_none=False, is_plain=True, is_single=True, is_interval=True)


_ACCOUNT = Field("account", "Account", can_be_none=False)
_REGION = Field("region", "Region", can_be_none=False)

EVENTS = Listing(
    name="events",
    fields=(
        _ACCOUNT,
        Field("action", "Call", can_be_none=False),
        Field("source", "Service", can_be_none=False),
        Field("stream", "Stream"),
        Field("principal", "Principal"),
        Field("person", "Person"),
        Field("session", "Session"),
        Field("address", "Address"),
        Field("key", "Key"),
        _choice("key_kind", "Key kind", *KeyKind),
        Field("outcome", "Outcome", can_contain=False, can_be_none=False),
        _REGION,
        Field("user_agent", "User agent"),
        _interval("footage", "Footage asked for"),
        _interval("footage_maybe", "May have asked for footage"),
        replace(_choice("footage_kind", "Footage told as", *FootageKind), can_be_none=True),
        _time("footage_from", "Asked for, from"),
        _time("footage_to", "Asked for, to"),
        replace(_choice("footage_clock", "Clock of the footage", *FootageClock), can_be_none=True),
        _time("url_expires_at", "URL expires"),
        _time("time", "Time", can_be_none=False),
        _id("event_id", "Event ID", can_be_none=False),
        Field("shared_event_id", "Shared event ID"),
        Field("addendum", "Late, why"),
        Field("corrects", "Corrects"),
        _id("superseded_by", "Superseded by"),
        Field("integrity", "Integrity", can_be_none=False),
        _choice("kind", "Kind of caller", *ActorKind),
        _choice("own", "Own calls", *YES_NO, default=("no",)),
    ),
    columns=(
        "time", "account", "region", "action", "source", "outcome", "principal", "kind", "person", "session",
        "stream", "address", "key", "key_kind", "user_agent", "own", "event_id", "footage", "footage_from",
        "footage_to", "footage_clock", "url_expires_at", "addendum", "corrects", "superseded_by",
        "integrity", "shared_event_id",
    ),
    sorts=("-time", "time"),
    extras=("event", "facets", "count"),
    stacks=("action", "outcome", "principal", "address", "account"),
    shown_by=("cols", "limit", "after", "before"),
)  # fmt: skip

RECORDS = replace(EVENTS, name="records", columns=("record",), extras=(), shown_by=(), only_format="jsonl")
"""The raw records of calls, which are JSON already."""

FINDINGS = Listing(
    name="findings",
    fields=(
        _ACCOUNT,
        Field("rule", "Rule", can_be_none=False),
        _choice("severity", "Severity", *Severity),
        _choice("state", "State", *FindingState, default=("open",)),
        _choice("new", "New in the range", *YES_NO),
        Field("subject", "Subject", can_be_none=False),
        _REGION,
    ),
    columns=(
        "id", "account", "rule", "severity", "state", "region", "subject", "message", "first_seen_at",
        "last_seen_at", "resolved_at", "note",
    ),
    sorts=("severity", "-last_seen", "-first_seen"),
    default_from="now-90d",
    groups=("rule", "none"),
    shown_by=("limit", "after", "before"),
)  # fmt: skip

MATRIX = Listing(
    name="matrix",
    fields=(
        _ACCOUNT,
        Field("principal", "Principal", can_be_none=False),
        _choice("kind", "Kind", "role", "user", "sso", "service_linked", "root", "other"),
        Field("stream", "Stream", can_be_none=False),
        Field("tag", "Tag", can_be_none=False),
        Field("action", "Action", can_be_none=False),
        _choice("show", "Show", "all", "media", "unused", "differences", default=("all",)),
        replace(
            _choice("view", "View", "principals", "streams", default=("principals",)), is_plain=True, is_single=True
        ),
    ),
    columns=(),
    sorts=("name",),
    default_from="now-30d",
    extras=("cell", "page"),
    groups=("equal", "none"),
    has_at=True,
)

_ONE_OF = Field("account", "Account", can_contain=False, can_be_none=False, is_plain=True)
_NAME = Field("name", "Name", can_contain=False, can_be_none=False, is_plain=True, is_single=True)


def _one_choice(name: str, label: str, *choices: str, default: tuple[str, ...] = ()) -> Field:
    return replace(_choice(name, label, *choices, default=default), is_plain=True, is_single=True)


ACCOUNTS = Listing(
    name="accounts",
    fields=(_ONE_OF,),
    columns=(
        "account", "name", "kind", "regions", "parts", "parts_fresh", "parts_unseen", "parts_waiting", "unseen",
        "polled_at", "reads_30d", "other_calls_30d", "media_observable", "own_calls_today", "throttled_today",
        "feeds_at_work", "open_findings",
    ),
    sorts=("name",),
    default_from="now-30d",
)  # fmt: skip

STREAMS = Listing(
    name="streams",
    fields=(_ONE_OF, _NAME, _one_choice("kind", "Kind", "stream", "channel")),
    columns=(
        "account", "account_name", "region", "kind", "name", "camera", "site", "owner", "arn", "status",
        "channel_type", "retention_hours", "kms_key_id", "tags", "may_watch", "reads", "last_read_at", "observable",
        "leaves_out", "listing", "listed_at",
    ),
    sorts=("name",),
    default_from="now-30d",
    shown_by=("after",),
)  # fmt: skip

PRINCIPALS = Listing(
    name="principals",
    fields=(_ONE_OF, _NAME, _one_choice("kind", "Kind", "role", "user")),
    columns=(
        "account", "account_name", "kind", "name", "arn", "may_watch", "reads", "reads_observable", "calls",
        "calls_observable", "last_call_at", "active_keys", "mfa", "listing", "listed_at",
    ),
    sorts=("name",),
    default_from="now-30d",
    shown_by=("after",),
)  # fmt: skip

COVERAGE = Listing(
    name="coverage",
    fields=(_ONE_OF, _one_choice("show", "Show", "all", "holes", default=("all",))),
    columns=(
        "account", "account_name", "region", "class", "streams", "observable", "start", "end", "state", "reason",
        "stream", "arn",
    ),
    sorts=("observable",),
    default_from="now-30d",
    extras=("region",),
    filed_by=("region",),
)  # fmt: skip

GRANTS = Listing(
    name="grants",
    fields=(_ONE_OF, _NAME, _one_choice("outcome", "Outcome", *Outcome)),
    columns=(
        "account", "account_name", "principal", "action", "outcome", "condition_keys", "resources", "example", "why",
        "change", "policy", "policy_version", "statement_index", "sid",
    ),
    sorts=("name",),
    default_from="now-30d",
    has_at=True,
)  # fmt: skip

REJECTED = Listing(
    name="rejected",
    fields=(_ONE_OF,),
    columns=(
        "rejected_at", "account", "account_name", "origin", "place", "reason", "encoding", "record", "bytes", "is_cut",
    ),
    sorts=("-time",),
    default_from="now-3650d",
)  # fmt: skip

ASSUMPTIONS = Listing(
    name="assumptions",
    fields=(_ONE_OF, Field("assumption", "Assumption", can_contain=False, can_be_none=False, is_plain=True)),
    columns=(
        "assumption", "call", "state", "sentence", "confirmed_first", "confirmed_newest", "refuted_first",
        "refuted_newest", "demo", "source", "limits", "rests", "rules",
    ),
    sorts=("name",),
)  # fmt: skip

LISTINGS = {
    each.name: each
    for each in (
        EVENTS, RECORDS, FINDINGS, MATRIX, GRANTS, ACCOUNTS, STREAMS, PRINCIPALS, COVERAGE, REJECTED, ASSUMPTIONS,
    )
}  # fmt: skip
"""Every list that can be taken along as a file, by name."""
