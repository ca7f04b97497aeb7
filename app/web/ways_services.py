"""The AWS services that read a stream, for themselves or on behalf of somebody: seen, and let in by a role's trust."""

from collections.abc import Iterable, Iterator, Mapping

from app.core.coverage.observe import ActionClass
from app.core.iam.paths import Path, Ways
from app.core.lineage.behind import BehindKind
from app.core.model.entry import TrustedKind
from app.core.model.media_call import MediaCall
from app.core.viewing.viewer import told
from app.db.queries.principal_pages import ids_of
from app.web import filters, viewers
from app.web.names import short
from app.web.way_out import Asked, Link, Way

MOST_SHOWN = 5
RUNNERS = frozenset(
    {
        "codebuild.amazonaws.com", "credentials.iot.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com",
        "lambda.amazonaws.com", "pods.eks.amazonaws.com",
    }
)  # fmt: skip
"""Services that only run the account's own programs and devices: these are viewers, not the service."""


def services(asked: Asked) -> Way:
    """Return the AWS services that read for themselves or on somebody's behalf, seen and let in."""
    seen = _seen_services(asked)
    kind = ActionClass.READ if asked.row.kind == "stream" else ActionClass.SIGNALING
    looked = asked.known.viewing.reads
    newest = f"; among the newest {len(looked.calls):,} reading calls" if looked.has_more else ""
    return Way(
        "AWS services",
        f"{filters.plural(len(seen), 'service')} seen" if seen else "none seen",
        note=f"those that only run programs of the account are viewers above{newest}",
        may=_may(asked),
        did=tuple(seen) or (Link(asked.nobody(kind)),),
    )


def _may(asked: Asked) -> tuple[Link, ...]:
    if asked.may is None or asked.row.status is None:
        return (Link("not known", "", "no policies were judged on it"),)
    ways = asked.known.ways
    let_in = tuple(_let_in(ways))
    unread = {path.hops[0].role for path in ways.paths if path.hops[0].kind is TrustedKind.UNREADABLE}
    unseen = len(unread.union(ways.unseen))
    ids = ids_of(asked.visit.connection, asked.visit.user.scope, {path.target for path in let_in[:MOST_SHOWN]})
    found = [_service_link(path, ids) for path in let_in[:MOST_SHOWN]]
    found += [Link(f"{len(let_in) - MOST_SHOWN:,} more")] if len(let_in) > MOST_SHOWN else []
    if unseen:
        return (*found, Link("not known", "", f"of {filters.plural(unseen, 'role')}, whose trust was not read"))
    return tuple(found) or (Link("none by a role's trust"),)


def _seen_services(asked: Asked) -> list[Link]:
    calls: dict[str, list[MediaCall]] = {}
    for call in asked.known.viewing.reads.calls:
        # What AWS refused left by no way.
        for name in {*_service_of(asked, call)} if call.error_code is None else ():
            calls.setdefault(name, []).append(call)
    return [
        Link(
            name,
            viewers.to_event(own[0]),
            f"{filters.plural(len(own), 'call')}, newest {own[0].at:{filters.SHORT_DATE}}",
        )
        for name, own in sorted(calls.items())
    ]


def _service_of(asked: Asked, call: MediaCall) -> Iterable[str]:
    viewer = asked.known.viewing.viewers[told(call)]
    names = [call.invoked_by or ""]
    if viewer.kind is BehindKind.WORKLOAD:
        # An AWS service that called by itself is its own principal.
        names.append(viewer.through or viewer.name)
    return (name for name in names if name and name not in RUNNERS)


def _let_in(ways: Ways) -> Iterator[Path]:
    for path in sorted(ways.paths, key=lambda path: (path.source, path.target)):
        if path.hops[0].kind is TrustedKind.SERVICE and path.source not in RUNNERS:
            yield path


def _service_link(path: Path, ids: Mapping[str, int]) -> Link:
    href = f"/principals/{ids[path.target]}" if path.target in ids else ""
    return Link(short(path.target), href, f"trusts {path.source}")
