"""What each list can be filtered by, sorted by and shown with."""

from dataclasses import dataclass

from app.core.model.event import ActorKind, KeyKind
from app.core.model.finding import FindingState, Severity

OUTCOMES = ("ok", "denied", "error")
YES_NO = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a list. `label` is what a chip shows.

    `choices` are the only values allowed; empty: any text. `can_contain`: whether `field~=text` makes sense.
    `can_be_none`: whether `field=__none__` does. `default`: the values that hold when the URL names none.
    """

    name: str
    label: str
    choices: tuple[str, ...] = ()
    can_contain: bool = True
    can_be_none: bool = True
    default: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The grammar of one list: its fields in canonical order, its columns, and the page's own parameters.

    `extras` are parameters that are kept and not looked into (which drawer is open).
    """

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    sorts: tuple[str, ...]
    default_from: str = "now-7d"
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """Return the field called `name`, or None when the list has no such field."""
        return next((field for field in self.fields if field.name == name), None)


def _choice(name: str, label: str, *choices: str, default: tuple[str, ...] = ()) -> Field:
    return Field(name, label, choices, can_contain=False, can_be_none=False, default=default)


_ACCOUNT = Field("account", "Account", can_be_none=False)
_REGION = Field("region", "Region", can_be_none=False)

EVENTS = Listing(
    name="events",
    fields=(
        _ACCOUNT,
        Field("action", "Call", can_be_none=False),
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
        _choice("kind", "Kind of caller", *ActorKind),
        _choice("own", "Own calls", *YES_NO, default=("no",)),
    ),
    columns=(
        "time", "account", "region", "action", "source", "outcome", "principal", "kind", "person", "session",
        "stream", "address", "key", "key_kind", "user_agent", "own", "event_id",
    ),
    sorts=("-time", "time"),
    extras=("event", "facets"),
)  # fmt: skip

FINDINGS = Listing(
    name="findings",
    fields=(
        _ACCOUNT,
        Field("rule", "Rule", can_be_none=False),
        _choice("severity", "Severity", *Severity),
        _choice("state", "State", *FindingState, default=("open",)),
        Field("subject", "Subject", can_be_none=False),
        _REGION,
    ),
    columns=(
        "id", "account", "rule", "severity", "state", "region", "subject", "message", "first_seen_at",
        "last_seen_at", "resolved_at", "note",
    ),
    sorts=("severity", "-last_seen", "-first_seen"),
    default_from="now-520w",
    extras=("finding",),
    groups=("rule", "none"),
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
    ),
    columns=(),
    sorts=("name",),
    default_from="now-30d",
    extras=("cell", "page"),
    groups=("equal", "none"),
)
