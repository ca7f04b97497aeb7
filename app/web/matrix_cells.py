"""What both forms of the matrix print: the groups of actions, the views, the key, one cell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.core.assumptions._assumption import Rests
from app.core.kvs.actions import Group
from app.core.matrix.cells import UNUSED, Cell
from app.core.query.filter import Filter, Verb, url, with_values
from app.db.queries.matrix import AccountState
from app.web import words

PATH = "/matrix"
RESTS = (Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.SERVICE)
"""What *used* and *not used* rest on."""
VIEWS = (
    ("all", "All", "All actions, and all rows with any"),
    ("media", "Exposes media", "Only actions that show what a camera records"),
    ("unused", "Unused", f"Only rows with an action that is granted and {UNUSED}"),
    ("differences", "Differences", "Without the actions whose state is the same in every row"),
)
"""Value, label and what it shows. All but the first add up: unused ones that expose media."""
NO_DIFFERENCE = "No action of this view differs from row to row. Without Differences there may be rows."
COLOURED = frozenset({Cell.DENIED, Cell.GONE, Cell.UNKNOWN})
_READS = (Group.MEDIA_READ_LIVE, Group.MEDIA_READ_ARCHIVE, Group.PLAYBACK_URL, Group.SIGNALING_VIEWER)
_SENDS = (Group.MEDIA_WRITE, Group.SIGNALING_MASTER, Group.STORAGE_SESSION)
HEADINGS: dict[Group, str] = {
    **dict.fromkeys(_READS, "Reads media"),
    **dict.fromkeys(_SENDS, "Sends media"),
    Group.SIGNALING_SUPPORT: "Endpoints",
    Group.ENDPOINT_DISCOVERY: "Endpoints",
    Group.INVENTORY: "Inventory",
    Group.CONFIG_READ: "Reads configuration",
    Group.CONFIG_WRITE: "Changes configuration",
    Group.LIFECYCLE_WRITE: "Lifecycle",
    Group.TAGGING: "Tags",
}


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the matrix."""

    label: str
    title: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Key:
    """One state of the legend."""

    letter: str
    name: str
    is_hatched: bool


KEYS = tuple(Key(letter, words.CELLS[letter], letter in "B?") for letter in words.CELLS)


def views(query: Filter) -> tuple[View, ...]:
    """Return the views of a filter, those that are on marked: such a one leads to what is shown without it."""
    # Whatever stands beside another view adds nothing to it.
    on = frozenset(query.values("show")) - {"all"} or frozenset({"all"})

    def asked(name: str) -> frozenset[str]:
        return (on ^ {name}) - {"all"} or frozenset({"all"}) if name != "all" else frozenset({name})

    return tuple(
        View(label, title, url(PATH, with_values(query, "show", Verb.IS, asked(name))), name in on)
        for name, label, title in VIEWS
    )


def without_view(query: Filter) -> Filter:
    """Return the filter with nothing that the row of views shows already."""
    return replace(query, conditions=tuple(c for c in query.conditions if c.field != "show"))


def cell_td(kind: str, cell: str, action: str, phrase: str, href: str = "") -> str:
    """Return a cell: its classes, its letter, what it is of, what is told behind its state, and where it leads.

    `action`, `phrase` and `href` are escaped already.
    """
    # Denied, gone and unknown have colours of their own.
    kind = kind.removeprefix("w").strip() if cell in COLOURED else kind
    css = f' class="{kind}"' if kind else ""
    if cell == Cell.EMPTY:
        return f"<td{css}></td>"
    said = f"{action}: {words.CELLS[cell]}{phrase}"
    if href:
        classes = f"{kind} l".strip()
        return f'<td class="{classes}" data-s="{cell}" title="{said}"><a href="{href}" aria-label="{said}"></a></td>'
    return f'<td{css} data-s="{cell}" title="{said}" aria-label="{said}"></td>'


def notes_of(states: tuple[AccountState, ...], *, is_past: bool = False) -> tuple[str, ...]:
    """Return for which accounts the matrix is missing or not whole: they must not look like accounts without grants.

    `is_past`: it is as of a time before now, and what was not read by then may have been read since.
    """
    missing = [state.name for state in states if state.evaluated_at is None]
    partly = [state.name for state in states if state.problems]
    notes = []
    if missing:
        names = words.listed(missing)
        read = f"had read who may do what in {names} then" if is_past else f"has read who may do what in {names} yet"
        notes.append(f"Nobody {read}: its cells tell what was used alone.")
    if partly:
        notes.append(f"Policies of {words.listed(partly)} could not be used; their cells are unknown, not empty.")
    return (*notes, *_unread(states))


def unjudged_note(names: list[str], *, is_past: bool = False) -> tuple[str, ...]:
    """Return that in some accounts no listing has all that is asked about; nothing where there are none."""
    if not names:
        return ()
    listing = "had been made that has" if is_past else "has"
    named = words.listed(names)
    return (f"{named}: no listing {listing} all that is asked about. Who may do what on the rest is not known.",)


def _unread(states: Iterable[AccountState]) -> Iterator[str]:
    """Yield what could not be read that binds whole accounts, each with the accounts that it binds."""
    accounts: dict[str, list[str]] = {}
    for state in states:
        if state.unread:
            accounts.setdefault(words.listed(state.unread), []).append(state.name)
    for unread, names in accounts.items():
        yield f"{words.listed(names)}: {unread}. What that might deny is unknown, not granted and not empty."
