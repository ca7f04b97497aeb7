"""Ways through roles as pages print them: who stands outside, hop by hop, and what decides."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.core import arn
from app.core.iam.paths import Path, Ways
from app.core.iam.trust import ASSUME
from app.core.model.entry import Entry, TrustedKind
from app.db.queries.principal_pages import ids_of
from app.web import filters, words
from app.web.explain_links import explain_link
from app.web.names import short
from app.web.visit import Visit

MOST_WAYS, MOST_PRINTED, FEW = 40, 12, 2


@dataclass(frozen=True, slots=True)
class Hop:
    """A role on the way; `title` is its ARN, `href` is empty where it has no page in the user's scope.

    `account` is named where the way goes through another account than that of its end.
    """

    name: str
    title: str
    href: str
    account: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way in. `title` is who in full; `note` says how it ends where nobody can look further, or in a circle.

    `json`: the address of why the first role lets whom it begins with in, as JSON; "" where that cannot be asked.
    """

    who: str
    title: str
    href: str
    where: str
    hops: tuple[Hop, ...]
    outcome: str
    conditions: str
    note: str
    json: str


@dataclass(frozen=True, slots=True)
class WaysView:
    """What templates/partials/_ways.html prints: on paper the first `printed`; `unprinted` says where others stand.

    `count` is of all, however many are shown or printed.
    """

    count: str
    ways: tuple[Way, ...]
    more: str
    unseen: str
    printed: int
    unprinted: str


_SOURCES = {
    TrustedKind.EVERYONE: ("Anybody", "any account of AWS"),
    TrustedKind.SERVICE: ("", "a service of AWS"),
    TrustedKind.SAML: ("", "whoever the SAML provider signs in"),
    TrustedKind.WEB_IDENTITY: ("", "whoever the identity provider signs in"),
    TrustedKind.UNREADABLE: ("Cannot tell", "its trust policy does not parse"),
}


def ways_view(visit: Visit, ways: Ways, most: int = MOST_WAYS) -> WaysView:
    """Return the ways in, those through fewest roles first, and of what nobody could look."""
    paths = sorted(ways.paths, key=_nearest_first)
    shown = paths[:most]
    ids = ids_of(visit.connection, visit.user.scope, _names(shown))
    more = len(paths) - len(shown)
    unseen = filters.plural(len(ways.unseen), "role or user", "roles and users")
    return WaysView(
        count=filters.plural(len(paths), "way"),
        ways=tuple(_way(visit, path, ids) for path in shown),
        more=f"{more:,} more" if more else "",
        printed=MOST_PRINTED,
        unprinted=_unprinted(visit, len(shown)),
        unseen=f"Who may assume {unseen} on the way is not computed, or not in your scope." if ways.unseen else "",
    )


def through_each(visit: Visit, ways: Ways) -> dict[str, str]:
    """Return by role who gets there through it, each once, by fewest roles first, or that nobody could look."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(ways.paths, key=_nearest_first):
        found.setdefault(path.target, {}).setdefault(path.source, path)
    unseen = dict.fromkeys(ways.unseen, "it is not known who")
    return unseen | {role: _few(visit, list(paths.values())) for role, paths in found.items()}


def _few(visit: Visit, paths: list[Path]) -> str:
    """Return the first names, with their account where two are alike, and how many more there are."""
    told = [(*_source(visit, path.hops[0]), path) for path in paths[:FEW]]
    alike = Counter(who for who, _, _ in told)
    names = (f"{who}{_within(what) if alike[who] > 1 else ''}{_on_the_way(path)}" for who, what, path in told)
    more = len(paths) - FEW
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")


def _within(what: str) -> str:
    """Return the account of what stands at the beginning: "role in clinic-video"."""
    return f" in {what.partition(' in ')[2]}" if " in " in what else ""


def _on_the_way(path: Path) -> str:
    return f" by {short(path.hops[-2].role)}" if len(path.hops) > 1 else ""


def _nearest_first(path: Path) -> tuple[int, str, str]:
    return len(path.hops), path.target, path.source


def _unprinted(visit: Visit, shown: int) -> str:
    """Return how many ways paper leaves out, and where they stand; "" where it has them all."""
    count = shown - MOST_PRINTED
    if count <= 0:
        return ""
    return f"{filters.plural(count, 'more way')} {'is' if count == 1 else 'are'} listed at {visit.request.url.path}."


def _names(paths: Iterable[Path]) -> set[str]:
    return {name for path in paths for hop in path.hops for name in (hop.source, hop.role)}


def _way(visit: Visit, path: Path, ids: dict[str, int]) -> Way:
    first = path.hops[0]
    who, where = _source(visit, first)
    return Way(
        who=who,
        title=first.source,
        href=_href(visit, first.source, ids),
        where=where,
        hops=tuple(_hop(visit, hop.role, arn.account_id(path.target), ids) for hop in path.hops),
        outcome=words.OUTCOMES[path.outcome],
        conditions=", ".join(path.condition_keys),
        note=_note(path),
        json=explain_link(first.source, ASSUME, first.role, visit.at_text) if first.is_known else "",
    )


def _hop(visit: Visit, role: str, last: int | None, ids: dict[str, int]) -> Hop:
    account = arn.account_id(role)
    name = visit.account_name(account) if account is not None and account != last else ""
    return Hop(short(role), role, _href(visit, role, ids), name)


def _source(visit: Visit, entry: Entry) -> tuple[str, str]:
    """Return who stands at the beginning: (name, what it is)."""
    if entry.kind in _SOURCES:
        name, what = _SOURCES[entry.kind]
        return name or short(entry.source), what
    number = entry.account
    account = "" if number is None else visit.account_name(number)
    if entry.kind is TrustedKind.ACCOUNT:
        return f"Account {account}", "whomever its own policies let"
    parsed = arn.parsed(entry.source)
    kind = parsed.resource.partition("/")[0] if parsed else ""
    return short(entry.source), f"{kind} in {account}"


def _note(path: Path) -> str:
    entry = path.hops[0]
    if path.circle:
        again = ", ".join(short(role) for role in path.circle)
        return f"ends in a circle: {short(path.source)} may be assumed by {again} again"
    if not path.is_open or entry.kind not in {TrustedKind.ACCOUNT, TrustedKind.PRINCIPAL}:
        return ""
    return "who gets there is not known" if entry.is_known else "its account is not read by kvswatch"


def _href(visit: Visit, name: str, ids: dict[str, int]) -> str:
    return visit.then(f"/principals/{ids[name]}") if name in ids else ""
